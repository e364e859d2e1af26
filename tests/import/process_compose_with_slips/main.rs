//! The system of `processes.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_slips;

    defaults {
        autorestart false;
    }

    node db {
        unset autorestart;
        entry "{name}.js";
    }

    node counted {
        // depends_on is omitted: process-compose takes processes with conditions, `NAME: {
        // condition: process_started }`.
        // replicas is omitted: `two` is not a number.
        entry "{name}.js";
    }

    node worker {
        // process_healthy of db is omitted: db has no probe, and would never be ready.
        // service_started of counted is omitted: process-compose has no such condition.
        entry "{name}.js";
        depends_on db(started), counted(started), tick(started);
    }

    script tick {
        // schedule is omitted: process-compose does not take an interval without a unit, `30`;
        // nothing starts it.
        run "echo", "tick";
        autostart false;
    }

    script tock {
        run "echo", "tock";
        // A run that has not ended at the next time is ended, and not left alone.
        // The original counts its interval from the start, and not by the clock.
        cron_restart "*/30 * * * * *";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
