//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d db
    // deploy.resources is omitted: only memory can be limited. So it is in api and worker.

    name compose_with_limits;

    node api "api" {
        // user is omitted: it means something only in a container.
        // deploy.placement is omitted: it means something only to Docker.
        entry "server.js";
        // There is no file .env: `check` asks for it.
        // There is no file .env.local: `check` asks for it.
        env_file "../.env", "../.env.local";
        exec_mode fork;
        instances 2;
        max_restarts 3;
        stop_exit_codes 0;
        // Compose kills the service at its limit; PM2 looks twice a minute and restarts it.
        max_memory_restart 512M;
        depends_on db;
        env {
            // `db` in its value is a host only among containers: store it with `127.0.0.1` and the
            // published port.
            DATABASE_URL = secret;
            CACHE = "redis://cache:6379";
            // `db` is a host only among containers; here it is this machine, with the published
            // port.
            BOTH = inherit "X" or url db "/x";
        }
    }

    node worker "api" {
        entry "worker.js";
        autorestart false;
        // Compose kills the service at its limit; PM2 looks twice a minute and restarts it.
        max_memory_restart 1536M;
    }

    external db {
        listen http 5432;
        ready tcp;
        hint "run `docker compose up -d db`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
