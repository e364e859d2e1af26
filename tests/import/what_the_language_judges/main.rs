//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name what_the_language_judges;

    node blue {
        entry "server.js";
        port 8080;
    }

    node green {
        // `green` and `blue` have the same port 8080.
        entry "server.js";
        port 8080;
        allow port-conflict "as in the original configuration";
    }

    node Blue {
        // `Blue` is easily confused with `blue`.
        entry "server.js";
        allow similar-names "as in the original configuration";
    }

    node yearly {
        // The cron pattern "0 0 30 2 *" never matches: no such date exists.
        entry "y.js";
        cron_restart "0 0 30 2 *";
        allow cron-never-comes "as in the original configuration";
    }

    node both {
        // PM2 takes `exp_backoff_restart_delay` and never read `restart_delay`.
        entry "z.js";
        exp_backoff_restart_delay 100ms;
    }

    script many {
        // wait_ready is omitted: it applies only to Node programs.
        // exec_mode is omitted: PM2's cluster mode needs a Node program that PM2 starts itself.
        run "./many.sh";
        interpreter bash;
        instances 2;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
