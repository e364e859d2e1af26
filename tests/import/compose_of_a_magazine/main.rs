//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d traefik postgres redis docs mail
    // healthcheck { interval } of postgres is omitted: `ready` tries every 1 s for 30 s in all,
    // unless `{ interval …; timeout …; }` says otherwise.

    name magazine;

    defaults {
        env {
            TZ = "Europe/Berlin";
            // `redis` is a host only among containers, and publishes no port: let it publish one,
            // and write that with `127.0.0.1`.
            REDIS_URL = "redis://redis:6379/0";
        }
    }

    script migrate "api" {
        run "sh", "-c", "npm run db:migrate && npm run db:seed";
        autorestart false;
        depends_on postgres;
        env {
            // `postgres` is a host only among containers, and publishes no port: let it publish
            // one, and write that with `127.0.0.1`.
            DATABASE_URL = "postgres://postgres:{secret POSTGRES_PASSWORD}@postgres:5432/magazine"
                or "postgres://postgres:@postgres:5432/magazine";
        }
    }

    node api "api" {
        // Compose maps `3000:3000`: without a container it listens on its own port.
        // build.args is omitted: nothing builds an image here.
        // volumes is omitted: it means something only in a container.
        // user is omitted: it means something only in a container.
        // init is omitted: it means something only in a container.
        // labels is omitted: it means something only in a container.
        // healthcheck { interval, retries, start_period } is omitted: `ready` tries every 1 s for
        // 30 s in all, unless `{ interval …; timeout …; }` says otherwise.
        runner npm;
        run "dev";
        // There is no file api/.env: `check` asks for it.
        env_file "../api/.env";
        kill_timeout 30s;
        listen http 3000;
        depends_on migrate(completed), redis;
        env {
            // `postgres` is a host only among containers, and publishes no port: let it publish
            // one, and write that with `127.0.0.1`.
            DATABASE_URL = "postgres://postgres:{secret POSTGRES_PASSWORD}@postgres:5432/magazine"
                or "postgres://postgres:@postgres:5432/magazine";
            JWT_SECRET = secret;
        }
        ready exec "curl", "-f", "http://localhost:3000/health";
    }

    node web "web" {
        // Compose maps `5173:5173`: without a container it listens on its own port.
        // develop is omitted: it means something only in a container.
        unset env;
        runner npm;
        run "dev";
        args "--host", "0.0.0.0";
        depends_on api;
        env {
            // `api` is a host only among containers; here it is this machine, with the published
            // port.
            API_URL = url api;
            // `backend` is a host only among containers; here it is this machine, with the
            // published port.
            BACKEND = url api;
            NEXT_PUBLIC_X = inherit or unset;
        }
    }

    script worker "worker" {
        // extra_hosts is omitted: it means something only in a container.
        // tmpfs is omitted: it means something only in a container.
        // deploy.resources is omitted: only memory can be limited.
        // The original takes it from `QUEUE`; default is its value when that is not set.
        run "python", "-u", "-m", "worker", "--queue", "default";
        exec_mode fork;
        instances 3;
        stop_exit_codes 0;
        // Compose kills the service at its limit; PM2 looks twice a minute and restarts it.
        max_memory_restart 256M;
        depends_on redis, postgres;
    }

    script scheduler "worker" {
        // network_mode is omitted: it means something only in a container.
        run "/bin/sh", "-c", "while true; do python -m scheduler; sleep 60; done";
        only_profile "cron";
        autorestart false;
        env { API_TOKEN = secret or unset; }
    }

    external traefik {
        ready tcp "127.0.0.1:80";
        hint "run `docker compose up -d traefik`";
    }

    external postgres {
        ready exec
            "docker",
            "compose",
            "exec",
            "-T",
            "postgres",
            "sh",
            "-c",
            "pg_isready -U postgres";
        hint "run `docker compose up -d postgres`";
    }

    external redis { hint "run `docker compose up -d redis`"; }

    external docs {
        ready tcp "127.0.0.1:8000";
        hint "run `docker compose up -d docs`";
    }

    external mail {
        ready tcp "127.0.0.1:1025";
        hint "run `docker compose up -d mail`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
