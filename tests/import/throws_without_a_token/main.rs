//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // The original also reads `LIMITS`, and fails with every value that was tried. This is its
    // result without.

    name throws_without_a_token;

    node sync {
        entry "sync.js";
        env {
            GITHUB_TOKEN = secret;
            PER_HOUR = 60;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
