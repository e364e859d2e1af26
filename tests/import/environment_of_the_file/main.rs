//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name environment_of_the_file;

    defaults {
        env { NODE_ENV = inherit or "production"; }
    }

    node a {
        entry "a.js";
        env { TZ = "Europe/Berlin"; }
    }

    node b {
        entry "b.js";
        env { TZ = "UTC"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
