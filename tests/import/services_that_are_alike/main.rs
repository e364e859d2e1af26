//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // The tools of the assistant, each a small server.
    // `services/tool-files`, `services/tool-git`, `services/tool-github`, `services/tool-search`
    // and `services/tool-sql` do not exist here, so paths are unchecked. Remove `paths unchecked`
    // when they are there.

    name services_that_are_alike;
    paths unchecked;

    template tool {
        entry "dist/server.js";
        node_args "--enable-source-maps";
        restart_delay 5s;
        max_memory_restart 200M;
        env {
            LOG_LEVEL = "info";
            PUBLIC_URL = "{url}";
        }
        profile production { env { LOG_LEVEL = "warn"; } }
    }

    // Quiet
    node tool-files: tool "services/tool-files" { listen http 3001; }

    node tool-git: tool "services/tool-git" { listen http 3002; }

    node tool-github: tool "services/tool-github" {
        listen http 3003;
        env { GITHUB_TOKEN = secret or unset; }
    }

    node tool-search: tool "services/tool-search" { listen http 3004; }

    // This one is slow.
    node tool-sql: tool "services/tool-sql" {
        listen http 3005;
        env { POOL_SIZE = 4; }
    }

    node mail {
        entry "./mail.js";
        listen 3006;
    }

    python queue {
        runner system;
        run "python3", "./queue.py";
        env { WORKERS = 4; }
    }

    script clock {
        run "./clock.sh";
        interpreter bash;
        cron_restart "0 4 * * *";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
