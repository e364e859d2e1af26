use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    env base { LEVEL = 1; LANG = "C"; }
    env loud { LEVEL = 2; LANG = "C"; }
    script a { run "a"; env { ..base; ..loud; } }
    script b { run "b"; env { ..base; ..base; } }
    script c { run "c"; env { ..base; ..loud; LEVEL = 3; } }
};

fn main() {}
