//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d redis

    name compose_of_python;

    defaults {
        autorestart false;
    }

    script api {
        // Compose maps `8000:8000`: without a container it listens on its own port.
        // volumes is omitted: it means something only in a container.
        run "uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000";
    }

    script worker {
        run "celery", "-A", "app.worker", "worker";
        depends_on redis;
    }

    external redis {
        ready tcp "127.0.0.1:6380";
        hint "run `docker compose up -d redis`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
