//! The system of `compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d db

    name Grosse;

    defaults {
        autorestart false;
    }

    // Docker mounts it.
    node web "web" {
        // depends_on.db.restart is omitted: db stays in its container, and nothing here restarts
        // with it.
        // depends_on.db.required is omitted: db is always needed here.
        // volumes is omitted: it means something only in a container.
        runner npm;
        run "start";
        depends_on worker(started, restarts), db;
    }

    // The image copies it.
    node worker "worker/jobs" {
        entry "index.js";
        // The original takes it from `LEVEL`; info is its value when that is not set.
        // The original takes it from `QUEUE`; an empty text is its value when that is not set.
        // `--token` has `BOT_TOKEN` of the environment, which only `env` can use; `…` is in its
        // place. Put it into the file that `secrets "…";` names, and let the program read it from
        // its environment: `env { BOT_TOKEN = secret; }`.
        args "--token", "…", "--level", "info", "--queue", "";
        // There is no file worker.env: `check` asks for it.
        env_file "../../worker.env";
        ready exec "true";
    }

    script relative "worker" {
        run "python", "main.py";
        depends_on worker(restarts);
    }

    script unknown {
        // working_dir is omitted: /opt/app is a directory of the container; here it runs in the
        // directory of the file.
        run "python", "main.py";
    }

    external db {
        ready tcp "127.0.0.1:5432";
        hint "run `docker compose up -d db`";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
