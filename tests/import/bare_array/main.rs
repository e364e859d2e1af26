//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name bare_array;

    defaults {
        entry "{name}.js";
    }

    node one;
    node two;
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
