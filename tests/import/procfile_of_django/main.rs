//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_of_django;

    script web {
        run "gunicorn", "shop.wsgi", "--log-file", "-";
        listen 5000;
    }

    script worker {
        run "celery", "-A", "shop", "worker", "-l", "info";
        listen 5100;
    }

    script beat {
        run "celery", "-A", "shop", "beat";
        listen 5200;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
