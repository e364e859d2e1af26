//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_of_python;

    defaults {
        runner uv;
    }

    python stt "py/stt" { module stt; }
    python tts "py/tts" { module tts; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
