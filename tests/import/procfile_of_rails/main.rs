//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

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
        // It runs once: Heroku runs it before it starts the others.
        run "bundle", "exec", "rails", "db:migrate";
        autorestart false;
        listen 5200;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
