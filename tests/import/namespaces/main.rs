//! The system of `ecosystem.config.js`.

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

    node mailer {
        entry "{name}.js";
        namespace jobs;
    }

    node cleaner {
        entry "{name}.js";
        autorestart false;
        cron_restart "0 4 * * *";
        namespace jobs;
    }

    node plain { entry "{name}.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
