//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name arguments_of_the_environment;

    defaults {
        entry "{name}.js";
    }

    node a {
        // The original has `HOST` of the environment in it, which only `env` can use; the rest is
        // kept.
        args "--port", "3000", "--verbose";
    }

    node b {
        // The original takes it from `LEVEL`; info is its value when that is not set.
        args "--level", "info";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
