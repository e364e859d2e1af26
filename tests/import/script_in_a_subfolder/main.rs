//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name script_in_a_subfolder;

    node api { entry "./apps/api/index.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
