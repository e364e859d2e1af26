//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d db cache

    name compose_of_a_site;

    // The site itself; ask Ada before you change the port.
    node web {
        // Compose maps `3000:3000`: without a container it listens on its own port.
        runner npm;
        run "start";
        depends_on db, cache;
        env {
            NODE_ENV = "production";
            // `db` in its value is a host only among containers: store it with `127.0.0.1` and the
            // published port.
            DATABASE_URL = secret;
            // `cache` is a host only among containers, and publishes no port: let it publish one,
            // and write that with `127.0.0.1`.
            REDIS_URL = "redis://cache:6379";
        }
    }

    external db {
        ready tcp "127.0.0.1:5432";
        hint "run `docker compose up -d db`";
    }

    external cache { hint "run `docker compose up -d cache`"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
