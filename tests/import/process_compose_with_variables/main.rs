//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // env_cmds is omitted: it is not imported.

    name process_compose_with_variables;

    defaults {
        autorestart false;
    }

    node web {
        entry "server.js";
        env {
            LEVEL = "info";
            NODE_ENV = "production";
        }
    }

    script greet { run "echo", "hello"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
