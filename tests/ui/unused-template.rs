use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    template bot { script talk { run "talk"; } }
    template ghost { script haunt { run "haunt"; } }
    template later { allow unused-template "it is for the next release"; script wait { run "wait"; } }
    agent duck: bot;
};

// Other files can use these.
pub static BASE: Ecosystem = ecosystem! {
    paths unchecked;
    template bot { script talk { run "talk"; } }
    env discord { CHANNEL = 1; }
    script web { run "web"; }
};

fn main() {}
