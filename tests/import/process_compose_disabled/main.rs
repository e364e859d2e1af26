//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_disabled;

    defaults {
        entry "{name}.js";
        autorestart false;
    }

    // Only for looking around
    node debug {
        // It is disabled in the original.
        autostart false;
    }

    node app {
        // availability.restart is omitted: nothing ends the other processes when this one fails.
        // is_daemon is omitted: it is not imported.
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
