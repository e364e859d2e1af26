//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_liveness;

    defaults {
        runner npm;
        env_file ".env";
        env {
            DATA = "./data";
            API_KEY = secret;
            HOST = inherit or "localhost";
        }
    }

    script store {
        run "sh", "-c", "store --data $DATA --mode ${{MODE:-fast}} --token $API_KEY";
        autorestart false;
        alive exec "sh", "-c", "store ping";
    }

    node api "api" {
        // liveness_probe { initial_delay_seconds } is omitted: `alive` begins when the service is
        // ready, and has an `interval`, a `timeout` and `failures`.
        run "dev";
        env_file "../.env";
        listen http "localhost:3000";
        depends_on store(started);
        env { LOG = "debug"; }
        ready http "/health";
        alive http "/live" {
            interval 15s;
            failures 4;
        }
    }

    node web {
        // `cwd`: The original takes it from `WEB_DIR`; an empty text is its value when that is not
        // set.
        run "dev";
        autorestart false;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
