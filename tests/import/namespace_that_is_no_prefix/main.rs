//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name namespace_that_is_no_prefix;

    defaults {
        entry "{name}.js";
        namespace shop;
    }

    node a;
    node b;
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
