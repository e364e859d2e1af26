//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name environment_of_the_file;

    defaults {
        entry "{name}.js";
        env { NODE_ENV = inherit or "production"; }
    }

    node a { env { TZ = "Europe/Berlin"; } }
    node b { env { TZ = "UTC"; } }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
