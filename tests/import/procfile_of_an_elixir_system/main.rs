//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_of_an_elixir_system;

    script web {
        run "mix", "phx.server";
        listen 5000;
        env { MIX_ENV = "prod"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
