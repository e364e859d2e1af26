//! The system of `pm2.config.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // The file also has `defaults`, which is not imported.

    name yaml_with_anchors;

    defaults {
        entry "{name}.js";
        autorestart true;
        max_restarts 5;
        env { NODE_ENV = "production"; }
    }

    node api;
    node worker { env { QUEUE = "high"; } }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
