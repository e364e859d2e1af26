//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name bare_array;

    node one { entry "one.js"; }
    node two { entry "two.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
