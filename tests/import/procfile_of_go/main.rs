//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_of_go;

    script web {
        run "bin/server", "--addr=:8080";
        listen 5000;
    }

    script redis {
        run "redis-server", "--port", "6390";
        listen 5100;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
