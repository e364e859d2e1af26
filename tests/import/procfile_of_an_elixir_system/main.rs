//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.

    name procfile_of_an_elixir_system;

    script web {
        run "sh", "-c", "MIX_ENV=prod mix phx.server";
        listen 5000;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
