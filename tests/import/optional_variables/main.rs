//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name optional_variables;

    node web {
        entry "index.js";
        env {
            BOT_TOKEN = secret or "";
            MONGODB_URI = secret or "mongodb://127.0.0.1:27017";
            SENTRY_AUTH_TOKEN = secret or unset;
            PUBLIC_URL = inherit or unset;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
