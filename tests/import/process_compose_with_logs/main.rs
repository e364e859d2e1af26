//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_logs;

    defaults {
        autorestart false;
        env { LOG = "debug"; }
    }

    script server {
        // `./bin/server` does not exist.
        run "./bin/server";
        out_file "{root}/logs/server.log";
        error_file "{root}/logs/server.log";
        ready log "Listening on \\(8080\\)";
        allow missing-program "as in the original configuration";
    }

    script client {
        // `./bin/client` does not exist.
        run "./bin/client", "--url", "http://localhost:8080";
        depends_on server(ready);
        allow missing-program "as in the original configuration";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
