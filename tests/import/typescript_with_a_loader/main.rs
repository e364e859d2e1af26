//! The system of `ecosystem.config.ts`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name typescript_with_a_loader;

    defaults {
        entry "src/{name}.ts";
    }

    node api {
        interpreter node;
        node_args "--import", "tsx";
    }

    node jobs { interpreter "ts-node"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
