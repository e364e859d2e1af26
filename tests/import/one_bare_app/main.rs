//! The system of `ecosystem.config.cjs`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name one_bare_app;

    node bot {
        entry "./src/bot.js";
        max_memory_restart 1G;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
