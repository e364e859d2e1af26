//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // namespace is omitted: an agent `jobs` would give the app another name. So it is in mailer and
    // cleaner.

    name namespaces;

    agent api {
        env {
            REGION = "eu";
            DB = "main";
        }
        node http { entry "http.js"; }
        node grpc { entry "grpc.js"; }
    }

    node mailer { entry "{name}.js"; }

    node cleaner {
        entry "{name}.js";
        autorestart false;
        cron_restart "0 4 * * *";
    }

    node plain { entry "{name}.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
