//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name ports_beside_each_other;

    defaults {
        entry "index.js";
    }

    node api {
        env {
            PORT = inherit or 3000;
            // The original computes it from `PORT`; this is its value when `PORT` is not set.
            WS_PORT = 3001;
        }
    }

    node web {
        env {
            // The original computes it from `PORT`; this is its value when `PORT` is not set.
            PORT = 3002;
            REGION = inherit or "eu";
            ZONE = inherit or "a";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
