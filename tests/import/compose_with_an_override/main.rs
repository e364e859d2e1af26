//! The system of `compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name compose_with_an_override;

    node app {
        entry "index.js";
        autorestart false;
        kill_timeout 30s;
        env {
            API_KEY = secret;
            DEBUG = true;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
