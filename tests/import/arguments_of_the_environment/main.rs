//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name arguments_of_the_environment;

    defaults {
        entry "{name}.js";
    }

    node a {
        // `--host` with `HOST` of the environment is omitted: only `env` can use that. Let the
        // program read it from its environment: `env { HOST = inherit; }`.
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
