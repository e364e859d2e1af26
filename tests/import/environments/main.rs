//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name environments;

    defaults {
        entry "dist/{name}.js";
        env {
            LOG_LEVEL = "info";
            TZ = "UTC";
            NODE_ENV = "development";
        }
        profile staging {
            env {
                NODE_ENV = "staging";
                LOG_LEVEL = "debug";
            }
        }
        profile production { env { NODE_ENV = "production"; } }
    }

    node api;
    node worker;
    node scheduler;
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
