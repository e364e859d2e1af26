//! The system of `stack.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose -f stack.yml up -d redis

    name compose_by_another_name;

    node web {
        entry "server.js";
        autorestart false;
        depends_on redis;
    }

    external redis {
        ready tcp "127.0.0.1:6379";
        hint "run `docker compose -f stack.yml up -d redis`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
