use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    defaults {
        env { A = null; B = undefined; C = None; D = unset;  }
    }
    env valid { F = "null"; G = none; }
    script web { run "web"; env { ..valid; } }
};

fn main() {}
