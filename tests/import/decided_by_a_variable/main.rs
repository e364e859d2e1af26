//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // `wait_ready` of api and web: The original computes it from `NODE_ENV`; this is its value when
    // `NODE_ENV` is not set.

    name decided_by_a_variable;

    defaults {
        // The original computes it from `NODE_ENV`; this is its value when `NODE_ENV` is not set.
        entry "src/index.js";
        exec_mode cluster;
        // The original computes it from `NODE_ENV`; this is its value when `NODE_ENV` is not set.
        instances 1;
        // The original computes it from `NODE_ENV`; this is its value when `NODE_ENV` is not set.
        watch "src";
        env {
            // The original computes it from `LOUD`; this is its value when `LOUD` is not set.
            LEVEL = "info";
            MODE = "a";
        }
        allow missing-watch "as in the original configuration";
    }

    node api { listen 3001; }
    node web { listen 3002; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
