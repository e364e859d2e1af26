//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name dotenv_read_by_node;
    secrets ".env";

    node bot {
        entry "bot.js";
        env {
            API_KEY = secret or unset;
            MODE = secret or unset;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
