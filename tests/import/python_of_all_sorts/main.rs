//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name python_of_all_sorts;

    script by-ending {
        run "main.py";
        interpreter python;
    }

    python by-interpreter {
        runner system;
        run "python3", "app.py", "--verbose";
    }

    python of-a-venv {
        runner venv ".venv";
        module "api.main";
        args "--reload";
    }

    python uvicorn {
        runner venv "venv";
        run "uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000";
    }

    python venv-interpreter {
        runner venv "venv";
        run "python", "worker.py";
    }

    python with-uv {
        runner uv;
        module jobs;
    }

    python with-poetry {
        runner poetry;
        run "celery", "-A", "app", "worker";
    }

    script gunicorn {
        // PM2 runs gunicorn under node, shows it online, and nothing runs: it is Python, which
        // needs no interpreter.
        run "gunicorn", "wsgi:app", "-b", ":8001";
    }

    python system {
        runner system;
        module "http.server";
        args "9000";
    }

    python pipenv {
        // PM2 runs pipenv under node, shows it online, and nothing runs: it is Python, which needs
        // no interpreter.
        module bot;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
