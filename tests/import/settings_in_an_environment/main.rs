//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name settings_in_an_environment;

    node web {
        // `env_development` has `instances`, `exec_mode` and `watch`, which PM2 reads as settings
        // and not as variables. As attributes of the profile:
        // instances 1;
        // exec_mode fork;
        // watch "src";
        entry "index.js";
        exec_mode cluster;
        instances max;
        profile development { env { NODE_ENV = "development"; } }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
