//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d mongo

    name compose_of_a_dashboard;

    defaults {
        runner npm;
        autorestart false;
    }

    node ui "ui" {
        run "dev";
        args "--host";
        env { VITE_API = url api; }
    }

    node api "api" {
        run "dev";
        listen http "localhost:4000";
    }

    external mongo {
        ready tcp "127.0.0.1:27017";
        hint "run `docker compose up -d mongo`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
