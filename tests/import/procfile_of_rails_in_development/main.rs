//! The system of `Procfile.dev`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_of_rails_in_development;

    script web {
        run "sh", "-c", "env RUBY_DEBUG_OPEN=true bin/rails server -p $PORT";
        listen 5000;
    }

    script css {
        run "yarn", "build:css", "--watch";
        listen 5100;
    }

    script js {
        run "yarn", "build", "--watch";
        listen 5200;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
