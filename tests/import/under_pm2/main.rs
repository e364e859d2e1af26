//! The system of `package.json`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name under_pm2;

    node shop {
        entry "server.js";
        listen 8080;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
