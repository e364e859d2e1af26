//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // The original depends on `HOST`. This is its result when nothing is set.

    name defaults_in_texts;

    node web {
        runner bun;
        entry "index.ts";
        env {
            // `HOME` and `PATH` are no secrets: `{secret …}` also reads the variables of the
            // environment.
            PATH = "{secret HOME}/.bun/bin:{secret PATH}";
            // The original computes it from `HOST`; this is its value when `HOST` is not set.
            URL = "http://localhost:8080";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
