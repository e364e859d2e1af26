//! The system of `compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d db

    name compose_with_conditions;

    node migrate "api" {
        runner npm;
        run "migrate";
        autorestart false;
        kill_signal SIGQUIT;
        depends_on db;
    }

    node api "api" {
        // stop_signal is omitted: `kill_signal` takes no SIGRTMIN+3.
        // healthcheck { interval, retries } is omitted: `ready` tries every 1 s for 30 s in all,
        // unless `{ interval …; timeout …; }` says otherwise.
        entry "server.js";
        stop_exit_codes 0;
        depends_on migrate(completed), db;
        ready exec "curl", "-f", "http://localhost:3000/health";
    }

    external db {
        ready exec "docker", "compose", "exec", "-T", "db", "sh", "-c", "pg_isready";
        hint "run `docker compose up -d db`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
