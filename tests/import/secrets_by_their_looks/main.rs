//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name secrets_by_their_looks;

    node bot {
        entry "bot.js";
        // A secret is in it in plain text, and not copied: set it in `env` with `secret`.
        args "--api-key", "…", "--level", "3", "…";
        env {
            K = secret;
            HOOK = secret;
            SETTINGS = secret;
            URL = "http://localhost:3000";
        }
    }

    script sync {
        // A secret is in it in plain text, and not copied: set it in `env` with `secret`.
        run "bash", "-c", "curl -H 'x: … http://localhost";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
