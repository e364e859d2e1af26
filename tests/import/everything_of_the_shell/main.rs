//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name everything_of_the_shell;

    node app {
        // The whole environment of the shell was spread into `env`. PM2 passes it on by itself;
        // what it needs is written `NAME = inherit;`.
        entry "app.js";
        env { NODE_ENV = "production"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
