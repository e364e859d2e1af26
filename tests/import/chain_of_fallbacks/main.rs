//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name chain_of_fallbacks;

    node web {
        entry "index.js";
        env {
            API_BASE = inherit or inherit "API_URL" or "http://127.0.0.1:7777";
            BOT_TOKEN = secret or secret "LEGACY_TOKEN" or unset;
            STATE = inherit "STATE_DIR" or inherit "DATA_DIR" or "./state";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
