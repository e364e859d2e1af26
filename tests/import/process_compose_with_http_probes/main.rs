//! The system that `process-compose.yaml` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_http_probes;

    defaults {
        entry "{name}.js";
        autorestart false;
    }

    node api {
        // shutdown.signal is omitted: the language has no such attribute.
        kill_timeout 10s;
        ready http "http://127.0.0.1:3000/health";
    }

    node ui { depends_on api(ready); }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
