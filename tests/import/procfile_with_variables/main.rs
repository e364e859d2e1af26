//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_with_variables;

    node web {
        entry "server.js";
        listen 3000;
    }

    node jobs {
        runner npm;
        run "jobs";
        listen 5100;
        env {
            NODE_ENV = "production";
            QUEUE = "high low";
        }
    }

    script migrate {
        run "python", "manage.py", "migrate";
        listen 5200;
        env { DJANGO_SETTINGS_MODULE = "site.settings"; }
    }

    script dev {
        run "sh", "-c", "PORT=3100 npm run dev && echo done";
        listen 3100;
    }

    script metrics {
        run "sh", "-c", "PORT=3200 serve-metrics --port $PORT";
        listen 5400;
    }

    script worker {
        run "python", "-m", "worker";
        listen 5500;
    }

    python worker3 {
        runner system;
        module worker;
        listen 5600;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
