//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_with_a_release;

    node release {
        // It runs once: Heroku runs it before it starts the others.
        entry "migrate.js";
        autorestart false;
        listen 5000;
    }

    script web {
        run "sh", "-c", "node server.js --port $PORT";
        listen 5100;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
