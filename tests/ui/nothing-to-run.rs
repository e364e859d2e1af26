use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    script db "scripts";
    node web { runner npm; }
    node api { run "dev"; }
};

fn main() {}
