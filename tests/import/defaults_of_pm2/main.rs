//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name defaults_of_pm2;

    defaults {
        exec_mode fork;
        instances 1;
        autorestart true;
        watch false;
        time true;
    }

    node a { entry "a.js"; }
    node b { entry "b.js"; }
    node c { entry "c.js"; }
    node d { entry "d.js"; }

    node e {
        unset time;
        entry "e.js";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
