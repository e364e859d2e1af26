//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name config_in_a_subfolder;

    node api "apps/api" { entry "index.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
