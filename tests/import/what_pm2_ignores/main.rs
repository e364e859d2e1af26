//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name what_pm2_ignores;

    defaults {
        entry "{name}.js";
        autorestart false;
    }

    node api {
        // PM2 never read `max_restarts: 0`: this value has no effect.
        // PM2 never read `description`: it has no such attribute.
        // PM2 never read `dependsOn`; it may mean `depends_on`.
        // PM2 never read `max_restart`, `watch_ignore` and `auto_restart`. They may mean:
        // max_restarts 5;
        // ignore_watch "logs";
        // autorestart true;
        // PM2 watches `sources`, which does not exist.
        watch "src", "sources";
        vizion false;
        allow missing-watch "as in the original configuration";
    }

    node nightly {
        autostart false;
        // PM2 never starts it, because of `autostart: false`; `check` reports it.
        cron_restart "0 3 * * *";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
