//! The system that `ecosystem.json` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name json_with_comments;

    node web {
        entry "./server.js";
        max_memory_restart 300M;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
