//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name dotenv_read_by_hand;
    secrets ".env";

    node bot {
        entry "bot.js";
        env {
            // The original prefers the environment to the file; `secret` looks into files first.
            API_KEY = secret or unset;
            MODE = inherit or secret or unset;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
