//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name optional_variables;

    node web {
        // PM2 starts it when `SENTRY_AUTH_TOKEN` and `PUBLIC_URL` are not set. Here
        // `SENTRY_AUTH_TOKEN` and `PUBLIC_URL` must be set.
        entry "index.js";
        env {
            BOT_TOKEN = inherit or "";
            MONGODB_URI = inherit or "mongodb://127.0.0.1:27017";
            SENTRY_AUTH_TOKEN = secret;
            PUBLIC_URL = inherit;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
