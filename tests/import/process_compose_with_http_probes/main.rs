//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_http_probes;

    defaults {
        entry "{name}.js";
        autorestart false;
    }

    node api {
        // readiness_probe { period_seconds, failure_threshold } is omitted: `ready` tries every 1 s
        // for 30 s in all, unless `{ interval …; timeout …; }` says otherwise.
        kill_timeout 10s;
        kill_signal SIGTERM;
        ready http "http://127.0.0.1:3000/health";
    }

    node ui { depends_on api(ready); }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
