//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name namespaces;

    agent api {
        env {
            REGION = "eu";
            DB = "main";
        }
        node http { entry "http.js"; }
        node grpc { entry "grpc.js"; }
    }

    agent jobs {
        node mailer {
            // PM2 called it `mailer`; in the agent it is `jobs_mailer`.
            entry "mailer.js";
        }
        node cleaner {
            // PM2 called it `cleaner`; in the agent it is `jobs_cleaner`.
            entry "cleaner.js";
            autorestart false;
            cron_restart "0 4 * * *";
        }
    }

    node plain { entry "plain.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
