//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_replicas;

    node worker {
        // namespace is omitted: it is not imported.
        entry "worker.js";
        exec_mode fork;
        instances 3;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
