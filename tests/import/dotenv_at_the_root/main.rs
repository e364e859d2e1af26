//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    secrets ".env";

    node bot {
        // `env.TELEGRAM_TOKEN` has another fallback in the original, which depends on the
        // environment. It is not imported.
        // `env.ADMIN_ID` has another fallback in the original, which depends on the environment. It
        // is not imported.
        entry "bot.js";
        env {
            TELEGRAM_TOKEN = secret;
            ADMIN_ID = secret;
            MODE = inherit "BOT_MODE" or "polling";
        }
    }

    node panel {
        entry "panel.js";
        env { PORT = inherit "PANEL_PORT" or 8080; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
