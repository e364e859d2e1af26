//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.

    name procfile_of_the_shell;

    script web {
        run "sh", "-c", "cd web && npm start";
        listen 5000;
    }

    script log {
        run "sh", "-c", "tail -f log/*.log | grep -v health";
        listen 5100;
    }

    script tunnel {
        run "sh", "-c", "ngrok http $PORT";
        listen 5200;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
