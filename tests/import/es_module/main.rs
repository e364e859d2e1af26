//! The system of `ecosystem.config.mjs`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name es_module;

    node erp {
        entry "./api-server/server.js";
        node_args "--experimental-specifier-resolution=node";
        env {
            API_PORT = 3002;
            DATA = "{root}/data";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
