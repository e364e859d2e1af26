//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name what_pm2_refuses;

    node api {
        // autorestart is omitted: `true` is not `true` or `false`.
        // min_uptime is omitted: `50` is less than 100ms.
        // max_memory_restart is omitted: `1.5G` is not a size.
        // cron_restart is omitted: `0 25 * * *` is not a cron pattern: `25` is out of range for the
        // hours, 0 to 23.
        // watch is omitted: `{"paths":["src"]}` is not `true` or `false` or a path, or several.
        entry "api.js";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
