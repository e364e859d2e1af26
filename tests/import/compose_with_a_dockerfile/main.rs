//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name compose_with_a_dockerfile;

    defaults {
        entry "server.js";
        autorestart false;
    }

    node app {
        // VERSION of the Dockerfile is omitted: its value is made when the image is built.
        // Compose maps `8080:8080`: without a container it listens on its own port.
        args "--port", "8080";
        env {
            NODE_ENV = "production";
            LOG = inherit or "to standard output";
        }
    }

    node dev {
        env {
            NODE_ENV = "development";
            LOG = "quiet";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
