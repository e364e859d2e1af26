//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_of_the_shell;

    defaults {
        autorestart false;
    }

    script ticker { run "sh", "-c", "while true; do date; sleep 1; done"; }
    script once { run "sh", "-c", "echo \"$HOME\" > out.txt"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
