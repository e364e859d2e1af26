//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.

    name procfile_of_rails;

    script web {
        run "bundle", "exec", "puma", "-C", "config/puma.rb";
        listen 5000;
    }

    script worker {
        run "bundle", "exec", "sidekiq", "-q", "default", "-q", "mailers";
        listen 5100;
    }

    script release {
        run "bundle", "exec", "rails", "db:migrate";
        listen 5200;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
