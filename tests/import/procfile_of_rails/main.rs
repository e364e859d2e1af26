//! The system that `Procfile` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.

    name procfile_of_rails;

    script web {
        run "bundle", "exec", "puma", "-C", "config/puma.rb";
        env { PORT = 5000; }
    }

    script worker {
        run "bundle", "exec", "sidekiq", "-q", "default", "-q", "mailers";
        env { PORT = 5100; }
    }

    script release {
        run "bundle", "exec", "rails", "db:migrate";
        env { PORT = 5200; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
