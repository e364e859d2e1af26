//! The system that `Procfile` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.

    name procfile_of_django;

    script web {
        run "gunicorn", "shop.wsgi", "--log-file", "-";
        env { PORT = 5000; }
    }

    script worker {
        run "celery", "-A", "shop", "worker", "-l", "info";
        env { PORT = 5100; }
    }

    script beat {
        run "celery", "-A", "shop", "beat";
        env { PORT = 5200; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
