//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name process_compose_with_schedules;

    defaults {
        autorestart false;
    }

    script backup {
        // schedule.timezone is omitted: the times are those of the engine's time zone.
        run "echo", "backup";
        autostart false;
        // A run that has not ended at the next time is ended, and not left alone.
        // Only its times start it, on the embedded engine; PM2 would never start it.
        cron_restart "0 2 * * *";
    }

    script clean {
        // schedule.max_concurrent is omitted: one run ends before the next one starts.
        run "echo", "clean";
        // A run that has not ended at the next time is ended, and not left alone.
        // The original counts its interval from the start, and not by the clock.
        cron_restart "*/30 * * * *";
    }

    script beat {
        run "echo", "beat";
        autostart false;
        // A run that has not ended at the next time is ended, and not left alone.
        // The original counts its interval from the start, and not by the clock.
        // Only its times start it, on the embedded engine; PM2 would never start it.
        cron_restart "*/15 * * * * *";
    }

    script report {
        run "echo", "report";
        autostart false;
        // A run that has not ended at the next time is ended, and not left alone.
        // Only its times start it, on the embedded engine; PM2 would never start it.
        cron_restart "0 0 * * 0";
    }

    script odd {
        // schedule is omitted: `cron_restart` has no times for an interval of 7m; nothing starts
        // it.
        run "echo", "odd";
        autostart false;
    }

    script payday {
        // schedule is omitted: its `cron` comes on days of the month and on days of the week; in
        // `cron_restart` both have to fit; nothing starts it.
        run "echo", "payday";
        autostart false;
    }

    script weekdays {
        // schedule.jitter is omitted: it is not imported.
        run "echo", "weekdays";
        autostart false;
        // A run that has not ended at the next time is ended, and not left alone.
        // Only its times start it, on the embedded engine; PM2 would never start it.
        cron_restart "0 2 * * MON-FRI";
    }

    script migrate { run "echo", "migrate"; }

    // no command
    script nothing {
        // command is omitted: the original has none; `false` is in its place.
        run "false";
    }

    script plain {
        // schedule is omitted: it has neither `cron` nor `interval`.
        run "echo", "plain";
    }

    script paused {
        // schedule is omitted: the process is disabled.
        // It is disabled in the original.
        run "echo", "paused";
        autostart false;
    }

    node api {
        // process_completed_successfully of paused is omitted: it is disabled, and would never
        // complete.
        // process_completed of backup is omitted: its schedule starts it again and again, and it
        // would never complete.
        // process_completed of migrate is omitted: `(completed)` wants exit code 0, and not any.
        unset autorestart;
        entry "api.js";
        depends_on paused(started), backup(started), clean(started), migrate(completed);
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
