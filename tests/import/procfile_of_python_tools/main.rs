//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_of_python_tools;

    script api {
        run "sh", "-c", "uv run uvicorn app.main:app --port $PORT";
        listen 5000;
    }

    python jobs {
        runner uv;
        module jobs;
        listen 5100;
    }

    python bot {
        runner system;
        run "python3", "bot.py";
        listen 5200;
    }

    python old {
        module bot;
        listen 5300;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
