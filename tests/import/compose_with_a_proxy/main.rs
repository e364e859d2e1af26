//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d --no-deps proxy certificates sidecar db
    // depends_on of proxy is omitted: `api` runs without a container, and the container does not
    // wait for that.
    // network_mode of sidecar is omitted: `api` runs without a container, so that there is none to
    // share with.
    // the health check of db: the original has `DB_USER` in it; the command has the values of now.
    // healthcheck { interval, retries } of db is omitted: `ready` tries every 1 s for 30 s in all,
    // unless `{ interval …; timeout …; }` says otherwise.
    // profiles of mail is omitted: `docker compose up -d mail` starts it, whatever the profile.

    name compose_with_a_proxy;

    node api "api" {
        entry "index.js";
        autorestart false;
        depends_on db;
    }

    external proxy {
        ready tcp "127.0.0.1:8080";
        hint "run `docker compose up -d --no-deps proxy certificates db`";
    }

    external certificates { hint "run `docker compose up -d certificates`"; }
    external sidecar { hint "run `docker compose up -d --no-deps sidecar`"; }

    external db {
        ready exec "docker", "compose", "exec", "-T", "db", "sh", "-c", "pg_isready -U shop";
        hint "run `docker compose up -d db`";
    }

    external mail {
        ready tcp "127.0.0.1:8025";
        hint "run `docker compose up -d mail`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
