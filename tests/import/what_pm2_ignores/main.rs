//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name what_pm2_ignores;

    node api {
        // PM2 never read `max_restarts: 0`: this value has no effect.
        // PM2 never read `description`: it has no such attribute.
        // PM2 never read `dependsOn`; it may mean `depends_on`.
        // PM2 never read `max_restart`, `watch_ignore` and `auto_restart`. They may mean:
        // max_restarts 5;
        // ignore_watch "logs";
        // autorestart true;
        // PM2 watches `sources`, which does not exist.
        entry "api.js";
        autorestart false;
        watch "src", "sources";
        vizion false;
        allow missing-watch "as in the original configuration";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
