//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d db
    // include is omitted: `cache.yml`, `queue.yml` and `mail.yml` have services, too, which can be
    // imported in the same way.
    // models is omitted: it is not imported.

    name compose_with_files_of_containers;

    defaults {
        autorestart false;
    }

    node web {
        // logging is omitted: it means something only in a container.
        // secrets is omitted: /run/secrets/db_password is ./db_password.txt on this machine;
        // /run/secrets/key has the value of `API_KEY`: `env { API_KEY = secret; }` gives it to the
        // program; /run/secrets/elsewhere is a file of the container.
        // configs is omitted: /etc/site.conf is ./site.conf on this machine.
        entry "server.js";
        env { DB_PASSWORD_FILE = "/run/secrets/db_password"; }
    }

    node worker {
        // extends is omitted: what it takes from another service is not imported.
        entry "worker.js";
    }

    external db { hint "run `docker compose up -d db`"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
