//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name dotenv_for_every_app;

    node web {
        entry "server.js";
        // The original loads it, and PM2 passes all of it on.
        env_file ".env";
        env { NODE_ENV = "production"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
