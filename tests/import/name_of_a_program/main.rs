//! The system of `soak.ecosystem.cjs`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name name_of_a_program;

    node web { entry "index.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
