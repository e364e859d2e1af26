//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_secrets;

    node bot {
        entry "bot.js";
        autorestart false;
        env {
            DISCORD_TOKEN = secret;
            LEVEL = "info";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
