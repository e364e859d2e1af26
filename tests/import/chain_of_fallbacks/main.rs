//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // The original depends on `API_URL`. This is its result when nothing is set.

    name chain_of_fallbacks;

    node web {
        entry "index.js";
        env {
            // The original falls back to `API_URL` before this default.
            API_BASE = inherit or "http://127.0.0.1:7777";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
