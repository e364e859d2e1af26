//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name compose_with_a_dockerfile;

    node app {
        // Compose maps `8080:8080`: without a container it listens on its own port.
        entry "server.js";
        args "--port", "8080";
        autorestart false;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
