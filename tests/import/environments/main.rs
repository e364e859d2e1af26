//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name environments;

    defaults {
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

    node api { entry "dist/api.js"; }
    node worker { entry "dist/worker.js"; }
    node scheduler { entry "dist/scheduler.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
