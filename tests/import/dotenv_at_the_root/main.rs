//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name dotenv_at_the_root;
    secrets ".env";

    defaults {
        entry "{name}.js";
    }

    node bot {
        env {
            TELEGRAM_TOKEN = secret or unset;
            ADMIN_ID = secret or unset;
            MODE = inherit "BOT_MODE" or "polling";
        }
    }

    node panel { env { PORT = inherit "PANEL_PORT" or 8080; } }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
