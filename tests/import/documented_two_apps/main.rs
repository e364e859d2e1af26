//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // PM2's own first example.

    name documented_two_apps;

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
