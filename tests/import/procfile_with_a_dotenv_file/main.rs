//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_with_a_dotenv_file;

    defaults {
        runner npm;
        env_file ".env";
    }

    node web {
        run "start";
        listen 5000;
    }

    node worker {
        run "worker";
        listen 5100;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
