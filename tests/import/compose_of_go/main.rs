//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d nats

    name compose_of_go;

    script server {
        // user is omitted: it means something only in a container.
        // `./bin/server` does not exist.
        run "./bin/server", "--addr", ":8080";
        allow missing-program "as in the original configuration";
    }

    external nats {
        ready tcp "127.0.0.1:4222";
        hint "run `docker compose up -d nats`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
