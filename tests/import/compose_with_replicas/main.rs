//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name compose_with_replicas;

    node worker {
        entry "worker.js";
        exec_mode fork;
        instances 3;
        autorestart false;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
