//! The system of `process.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name documented_yaml;

    node api-app {
        entry "./api.js";
        exec_mode cluster;
        instances 4;
    }

    node worker {
        entry "./worker.js";
        watch true;
        env { NODE_ENV = "development"; }
        profile production { env { NODE_ENV = "production"; } }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
