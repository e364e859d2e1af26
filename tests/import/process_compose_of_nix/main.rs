//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_of_nix;

    defaults {
        stop_exit_codes 0;
    }

    script redis {
        // shutdown.command is omitted: the language has no such attribute.
        run "redis-server", "--port", "6391";
    }

    script mailpit { run "mailpit"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
