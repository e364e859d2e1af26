//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name programs_of_other_languages;

    script rust {
        // `./target/release/server` does not exist.
        run "./target/release/server", "--port", "7000";
        allow missing-program "as in the original configuration";
    }

    script go {
        // `./bin/relay` does not exist.
        run "./bin/relay";
        allow missing-program "as in the original configuration";
    }

    script shell {
        run "./run.sh";
        interpreter bash;
    }

    script php {
        run "artisan", "queue:work", "--sleep=3";
        interpreter php;
    }

    script ruby {
        run "app.rb";
        interpreter ruby;
    }

    script docker { run "docker", "compose", "up"; }
    script java { run "java", "-jar", "app.jar"; }
    script line { run "python", "manage.py", "runserver", "0.0.0.0:8000"; }

    script command {
        run "caddy", "run";
        max_restarts 3;
    }

    node deno {
        entry "server.ts";
        interpreter deno;
        node_args "run", "--allow-net";
    }

    node bun {
        runner bun;
        entry "index.ts";
    }

    node www { entry "./bin/www"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
