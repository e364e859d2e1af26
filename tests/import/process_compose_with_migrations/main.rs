//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_migrations;

    node migrate {
        runner npm;
        run "migrate";
        autorestart false;
    }

    node seed {
        runner npm;
        run "seed";
        autorestart false;
        depends_on migrate(completed);
    }

    node app {
        // process_completed of seed is omitted: `(completed)` wants exit code 0, and not any.
        entry "app.js";
        depends_on seed(completed);
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
