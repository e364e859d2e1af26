//! Systems that the tests run on the embedded engine. `SYSTEM` says which; the engine itself, which is
//! this program, too, does not see it.

use promethean::{Ecosystem, ecosystem};

/// Services that start others in every way.
static FAMILIES: Ecosystem = ecosystem! {
    name families;
    root "it/embedded/services";
    defaults { kill_timeout 500ms; }
    script plain { run "./family.sh"; ready log "^ready$" { timeout 2m; interval 20ms; } }
    agent duck {
        script deaf { run "./deaf.sh"; depends_on plain; ready log "^ready$" { timeout 2m; interval 20ms; } }
    }
};

/// Services that end, and one that says what it is started with.
static ENDS: Ecosystem = ecosystem! {
    name ends;
    root "it/embedded/services";
    script once { run "./say.sh", "once"; autorestart false; }
    script after { run "./stay.sh"; depends_on once (completed); }
    script crashes { run "./crash.sh"; depends_on after; }
    script shown {
        run "./environment.sh"; instances 2; exec_mode fork; increment_var PORT; merge_logs true;
        env { PORT = 7000; SECRET = secret; }
        secrets "secrets.env";
    }
};

/// A service that ends for nothing, and has an hour to end.
static PATIENT: Ecosystem = ecosystem! {
    name patient;
    root "it/embedded/services";
    script deaf { run "./deaf.sh"; kill_timeout 1h; }
};

/// One that fails, and one that restarts when a file changes.
static FAILS: Ecosystem = ecosystem! {
    name fails;
    root "it/embedded/services";
    script fails { run "./fail.sh"; autorestart false; }
    script watches { run "./stay.sh"; watch "changes"; }
};

/// A service that has much to say.
static LOUD: Ecosystem = ecosystem! {
    name loud;
    root "it/embedded/services";
    script loud { run "./loud.sh"; autorestart false; }
    script dated { run "./lines.sh"; autorestart false; time true; }
    script objects { run "./lines.sh"; autorestart false; log_type json; }
};

/// Services that are restarted while they run.
static CHANGES: Ecosystem = ecosystem! {
    name changes;
    root "it/embedded/services";
    script watches { run "./stay.sh"; watch "watched"; ignore_watch "watched/quiet"; }
    script scheduled { run "./stay.sh"; cron_restart "*/2 * * * * *"; }
    script greedy { run "./greedy.sh"; max_memory_restart 20M; kill_timeout 500ms; }
};

/// A service that logs into what it watches.
static FRESH: Ecosystem = ecosystem! {
    name fresh;
    root "it/embedded/services";
    script fresh {
        run "./stay.sh"; watch "watched";
        out_file "./watched/logs/out.log"; error_file "./watched/logs/err.log";
    }
};

/// Several of one, which are over at once.
static QUICK: Ecosystem = ecosystem! {
    name quick;
    root "it/embedded/services";
    script several { run "./lines.sh"; instances 3; exec_mode fork; autorestart false; }
};

/// A small system to look at.
static LIVE: Ecosystem = ecosystem! {
    name live;
    root "it/embedded/services";
    script db { run "./stay.sh"; listen http auto; }
    agent duck {
        depends_on db;
        script ears { run "./stay.sh"; }
        script voice { run "./stay.sh"; }
    }
};

/// What the embedded engine cannot do.
static BEYOND: Ecosystem = ecosystem! {
    name beyond;
    root "it/embedded/services";
    node web "." { entry "web.js"; instances 2; }
    node told "." { entry "web.js"; wait_ready true; }
};

fn main() -> std::process::ExitCode {
    match std::env::var("SYSTEM").as_deref() {
        Ok("ends") => promethean::main(&ENDS),
        Ok("patient") => promethean::main(&PATIENT),
        Ok("fails") => promethean::main(&FAILS),
        Ok("fresh") => promethean::main(&FRESH),
        Ok("quick") => promethean::main(&QUICK),
        Ok("live") => promethean::main(&LIVE),
        Ok("loud") => promethean::main(&LOUD),
        Ok("changes") => promethean::main(&CHANGES),
        Ok("beyond") => promethean::main(&BEYOND),
        _ => promethean::main(&FAMILIES),
    }
}
