//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d db
    // the port of db: the original has `DB_PORT` in it; 5433 is what it is now.

    name compose_with_a_dotenv_file;
    secrets ".env";

    node api "api" {
        // Compose maps `${API_PORT}:${API_PORT}`: without a container it listens on its own port.
        entry "server.js";
        // The original takes it from `API_PORT`; 4000 is its value when that is not set.
        // The original takes it from `LEVEL`; info is its value when that is not set.
        // `--key` has `POSTGRES_PASSWORD` of the environment, which only `env` can use; `…` is in
        // its place. Put it into the file that `secrets "…";` names, and let the program read it
        // from its environment: `env { POSTGRES_PASSWORD = secret; }`.
        args "--port", "4000", "--key", "…", "--level", "info";
        autorestart false;
        env {
            PORT = secret "API_PORT";
            REGION = secret or "us";
            LEVEL = inherit or "info";
            // `db` is a host only among containers; here it is this machine, with the published
            // port.
            DATABASE_URL = "postgres://postgres:{secret POSTGRES_PASSWORD}@{address db}/{inherit DB_NAME}"
                or "postgres://postgres:{secret POSTGRES_PASSWORD}@{address db}/app";
        }
    }

    external db {
        listen 5433;
        ready tcp;
        hint "run `docker compose up -d db`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
