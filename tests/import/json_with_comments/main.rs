//! The system of `ecosystem.json`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // PM2 evaluates this as JavaScript.

    name json_with_comments;

    // single quotes
    node web {
        entry "./server.js";
        // and a comma at the end
        max_memory_restart 300M;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
