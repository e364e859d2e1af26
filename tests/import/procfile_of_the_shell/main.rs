//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // line 5 is omitted: it is no `NAME: COMMAND`.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_of_the_shell;

    script web {
        run "sh", "-c", "cd web && npm start";
        listen 5000;
    }

    script log {
        run "sh", "-c", "tail -f log/*.log | grep -v health";
        listen 5100;
    }

    script tunnel {
        run "sh", "-c", "ngrok http $PORT";
        listen 5200;
    }

    script puma {
        run
            "sh",
            "-c",
            "bundle exec puma -p $PORT -e ${{RACK_ENV:-development}} -w ${{WORKERS:-2}} | tee \"$HOME/puma.log\"";
        listen 5300;
        env {
            RACK_ENV = inherit or unset;
            WORKERS = inherit or unset;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
