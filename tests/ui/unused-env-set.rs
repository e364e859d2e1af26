use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    env base { LEVEL = 1; }
    env discord { ..base; CHANNEL = 1; }
    env ghost { HAUNTS = "the attic"; }
    script web { run "web"; env { ..discord; } }
};

fn main() {}
