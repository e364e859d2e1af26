//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name node_options_of_npm;

    node web {
        runner npm;
        run "dev";
        env {
            // The `node_args` of the original. PM2 gives them to this program alone; `NODE_OPTIONS`
            // gives them to what it starts, too.
            NODE_OPTIONS = "-r dotenv/config";
        }
    }

    script job {
        run "npx", "tsx", "job.ts";
        env {
            // The `node_args` of the original. PM2 gives them to this program alone; `NODE_OPTIONS`
            // gives them to what it starts, too.
            NODE_OPTIONS = "--max-old-space-size=2048";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
