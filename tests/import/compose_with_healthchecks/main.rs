//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d db cache search
    // healthcheck { interval } of db is omitted: `ready` tries every 1 s for 30 s in all, unless `{
    // interval …; timeout …; }` says otherwise.
    // the port of cache: the original has `CACHE_PORT` in it; 6380 is what it is now.

    name compose_with_healthchecks;
    secrets ".env";

    node migrate "web" {
        entry "{name}.js";
        autorestart false;
        depends_on db;
    }

    node api "web" {
        // HEALTHCHECK { interval, timeout } is omitted: `ready` tries every 1 s for 30 s in all,
        // unless `{ interval …; timeout …; }` says otherwise.
        entry "server.js";
        depends_on migrate(completed), cache;
        env {
            LEVEL = secret or "info";
            NAME = "api-{secret LEVEL}" or "api-info";
            TITLE = "the {inherit TITLE}" or "the shop";
            MODE = 420;
            UMASK = "0022";
            COUNT = 0;
        }
        ready exec "sh", "-c", "curl -f http://localhost:8000/health || exit 1";
    }

    node worker "web" {
        entry "{name}.js";
        depends_on api;
    }

    external db {
        ready exec
            "docker",
            "compose",
            "exec",
            "-T",
            "db",
            "sh",
            "-c",
            "pg_isready -U ${POSTGRES_USER}";
        hint "run `docker compose up -d db`";
    }

    external cache {
        ready exec "docker", "compose", "exec", "-T", "cache", "sh", "-c", "redis-cli ping";
        hint "run `docker compose up -d cache`";
    }

    external search {
        ready tcp "127.0.0.1:7700";
        hint "run `docker compose up -d search`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
