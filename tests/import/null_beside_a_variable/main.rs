//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name null_beside_a_variable;

    node api {
        entry "./api.js";
        env {
            LEVEL = inherit or unset;
            NOTHING = "null";
            PORT = inherit "BASE_PORT" or 3000;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
