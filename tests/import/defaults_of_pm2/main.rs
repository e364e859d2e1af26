//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name defaults_of_pm2;

    defaults {
        entry "{name}.js";
        exec_mode fork;
        instances 1;
        autorestart true;
        watch false;
        time true;
    }

    node a;
    node b;
    node c;
    node d;
    node e { unset time; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
