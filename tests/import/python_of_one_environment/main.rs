//! The system of `ecosystem.config.mjs`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name python_of_one_environment;

    // Alpha embeds texts. It needs 4 GB.
    // two are enough; more do not fit
    python alpha "alpha" {
        runner venv "../venv";
        // never on another address: it has no login
        run "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "{port}";
        out_file "{root}/logs/{name}.out.log";
        listen http 8001;
        env { WORKERS = 2; }
    }

    // Beta ranks.
    python beta "beta" {
        runner venv "../venv";
        run "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "{port}";
        out_file "{root}/logs/{name}.out.log";
        listen 8002;
        env {
            ALPHA = url alpha;
            MODEL = inherit or "small";
        }
    }

    python jobs {
        runner system;
        run "python3", "-u", "jobs.py", "--alpha", "{url alpha}", "--metrics", "{url metrics}/m";
    }

    python metrics {
        runner venv "./venv";
        module metrics;
        args "--port", "{port}";
        listen main: http 9102;
    }

    python lonely {
        runner venv "./venv";
        module lonely;
        args "--port=9103";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
