//! The system of `process.json`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name documented_json;

    node worker {
        entry "./worker.js";
        watch true;
        env { NODE_ENV = "development"; }
        profile production { env { NODE_ENV = "production"; } }
    }

    node api-app {
        entry "./api.js";
        exec_mode cluster;
        instances 4;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
