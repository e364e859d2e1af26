//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name functions_that_nobody_calls;

    node web {
        // PM2 never read `hooks` and `validate`: it has no such attributes.
        entry "index.js";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
