//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // env_cmds is omitted: it is not imported.
    // vars is omitted: `{{ … }}` in a command stays as it is.

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

    script greet { run "sh", "-c", "echo {{{{ .GREETING }}}}"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
