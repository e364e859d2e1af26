//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name secrets_in_the_clear;

    defaults {
        entry "bot.js";
        env {
            DATABASE_URL = secret;
            TOKEN_TTL = 3600;
        }
    }

    node alpha { env { BOT_TOKEN = secret "ALPHA_BOT_TOKEN"; } }
    node beta { env { BOT_TOKEN = secret "BETA_BOT_TOKEN"; } }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
