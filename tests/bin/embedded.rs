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

/// A job that leaves a process which is deaf for a while.
static LEAVES: Ecosystem = ecosystem! {
    name leaves;
    root "it/embedded/services";
    script job { run "./leave.sh"; autorestart false; kill_timeout 3m; }
    script after { run "./stay.sh"; depends_on job (completed); }
};

/// A job that is at work until there is a file, and whose definition a variable changes.
static WORKS: Ecosystem = ecosystem! {
    name works;
    root "it/embedded/services";
    script job {
        run "sh", "-c", "until [ -e over ]; do sleep 0.05; done"; autorestart false;
        env { LEVEL = inherit or "1"; }
    }
    script after { run "./stay.sh"; depends_on job (completed); }
};

/// The same without the job.
static IDLE: Ecosystem = ecosystem! {
    name works;
    root "it/embedded/services";
    script after { run "./stay.sh"; }
};

/// A service that ends for nothing, and has an hour to end.
static PATIENT: Ecosystem = ecosystem! {
    name patient;
    root "it/embedded/services";
    script deaf { run "./deaf.sh"; kill_timeout 1h; }
};

/// The same, beside one that says something again and again.
static SPOKEN: Ecosystem = ecosystem! {
    name spoken;
    root "it/embedded/services";
    script deaf { run "./deaf.sh"; kill_timeout 1h; }
    script ticks { run "sh", "-c", "while :; do echo tick; sleep 0.02; done"; }
};

/// One that ends when it is to.
static OVER: Ecosystem = ecosystem! {
    name over;
    root "it/embedded/services";
    script ends { run "sh", "-c", "until [ -e over ]; do sleep 0.05; done"; autorestart false; }
};

/// One whose probe does not end.
static HANGING: Ecosystem = ecosystem! {
    name hanging;
    root "it/embedded/services";
    script hangs { run "./stay.sh"; ready exec "sleep", "100077" { timeout 1h; } }
};

/// One that needs something of which the probe never ends.
static HANGING_OUTSIDE: Ecosystem = ecosystem! {
    name hanging_outside;
    root "it/embedded/services";
    script needs { run "./stay.sh"; depends_on outside; }
    external outside { ready exec "sleep", "100077" { timeout 1h; } }
};

/// One that fails, and one that restarts when a file changes.
static FAILS: Ecosystem = ecosystem! {
    name fails;
    root "it/embedded/services";
    script fails { run "./fail.sh"; autorestart false; }
    script watches { run "./stay.sh"; watch "changes"; }
};

/// The same without one of them.
static FEWER: Ecosystem = ecosystem! {
    name fails;
    root "it/embedded/services";
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

/// Services whose logs have no room.
static FULL: Ecosystem = ecosystem! {
    name full;
    root "it/embedded/services";
    defaults { env { NAME = "{name}"; } }
    script loud { run "./loud.sh"; autorestart false; }
    script chatty { run "./chatty.sh"; }
    script nowhere { run "./chatty.sh"; out_file "/dev/full"; }
};

/// Services that are asked to end by other signals than usual.
static SIGNALS: Ecosystem = ecosystem! {
    name signals;
    root "it/embedded/services";
    defaults { env { NAME = "{name}"; } ready log "^ready$" { interval 20ms; } kill_timeout 5m; }
    script usual { run "./signals.sh"; }
    script term { run "./signals.sh"; kill_signal SIGTERM; }
    script quit { run "./signals.sh"; kill_signal SIGQUIT; }
    script hup { run "./signals.sh"; kill_signal SIGHUP; }
    script usr1 { run "./signals.sh"; kill_signal SIGUSR1; }
    script usr2 { run "./signals.sh"; kill_signal SIGUSR2; }
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

/// A service that changes what it watches at its first start.
static STIRRED: Ecosystem = ecosystem! {
    name stirred;
    root "it/embedded/services";
    script stirs { run "./stirs.sh"; watch "stirred"; kill_timeout 5m; }
};

/// Services that fail, each in another way.
static FAILURES: Ecosystem = ecosystem! {
    name failures;
    root "it/embedded/services";
    script three { run "sh", "-c", "exit 3"; autorestart false; }
    script five { run "sh", "-c", "exit 5"; autorestart false; }
    script crashes { run "sh", "-c", "kill -SEGV $$"; autorestart false; }
    script behind { run "./stay.sh"; depends_on crashes (completed); }
    script final_code { run "sh", "-c", "kill -SEGV $$"; stop_exit_codes 139; }
    script waits { run "./wait.sh"; autorestart false; }
    script never { run "./stay.sh"; ready exec "false" { timeout 1s; interval 100ms; } }
    script needy { run "./stay.sh"; depends_on never; }
    script backs_off {
        run "sh", "-c", "exit 9"; exp_backoff_restart_delay 100ms; max_restarts 9; min_uptime 1h;
    }
    script goes_on {
        run "sh", "-c", "exit 9"; exp_backoff_restart_delay 500ms; max_restarts 99; min_uptime 1h;
    }
    script together { run "./stay.sh"; out_file "./together.log"; error_file "./together.log"; }
    script both { run "./stay.sh"; log_file "./both.log"; }
    // A name that is longer than that of a file may be.
    script unlogged { run "./stay.sh"; out_file "./xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.log"; error_file "./xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.log"; }
};

/// A job that runs now and then.
static JOBS: Ecosystem = ecosystem! {
    name jobs;
    root "it/embedded/services";
    script tick { run "./say.sh", "tick"; autorestart false; cron_restart "*/2 * * * * *"; }
};

/// A job that runs now and once a year.
static YEARLY: Ecosystem = ecosystem! {
    name yearly;
    root "it/embedded/services";
    script report {
        run "./say.sh", "report"; autorestart false; cron_restart "0 3 1 1 *";
        env { LEVEL = inherit or "1"; }
    }
};

/// Jobs that run only at their times.
static TIMED: Ecosystem = ecosystem! {
    name timed;
    root "it/embedded/services";
    script soon { run "./say.sh", "soon"; autorestart false; autostart false; cron_restart "*/4 * * * * *"; }
    script late { run "./say.sh", "late"; autorestart false; autostart false; cron_restart "0 3 1 1 *"; }
};

/// Services that are restarted, each for another reason.
static CAUSES: Ecosystem = ecosystem! {
    name causes;
    root "it/embedded/services";
    script trembles {
        run "./stay.sh"; alive exec "./is-well.sh" { interval 50ms; timeout 2m; failures 2; }
    }
    script rides { run "./stay.sh"; depends_on trembles (restarts); }
    script watches { run "./stay.sh"; watch "watched"; }
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
    node web "." { entry "web.js"; v8 true; }
    node told "." { entry "web.js"; trace true; }
};

/// Programs of Node with a channel for messages.
static MESSAGES: Ecosystem = ecosystem! {
    name messages;
    root "it/embedded/services";
    defaults { wait_ready true; }
    node reports "." {
        entry "messages.js"; shutdown_with_message true; listen_timeout 5m; kill_timeout 5m;
    }
    node clustered "." {
        entry "messages.js"; shutdown_with_message true; listen_timeout 5m; kill_timeout 5m; exec_mode cluster;
    }
    node silent "." { entry "messages.js"; args "silent"; listen_timeout 500ms; }
};

/// A cluster, whose members listen on one port.
static CLUSTERS: Ecosystem = ecosystem! {
    name clusters;
    root "it/embedded/services";
    node web "." {
        entry "cluster.js"; args "one", "two"; node_args "--stack-trace-limit=7"; instances 3;
        listen_timeout 2m; kill_timeout 2m; restart_delay 100ms;
        env { PORT = inherit; GENERATION = inherit or "old"; SECRET = secret; }
        secrets "secrets.env";
        profile more { instances 4; }
    }
};

/// Services that restart with others.
static DEPENDENTS: Ecosystem = ecosystem! {
    name dependents;
    root "it/embedded/services";
    script db { run "./crash.sh"; ready exec "test", "-e", "ready" { timeout 5m; interval 20ms; } }
    script web { run "./stay.sh"; depends_on db (ready, restarts); }
    script behind { run "./stay.sh"; depends_on web (restarts); }
    script beside { run "./stay.sh"; depends_on db; }
};

/// Services that are tried while they run.
static ALIVE: Ecosystem = ecosystem! {
    name alive;
    root "it/embedded/services";
    script web {
        run "./stay.sh"; env { SECRET = "quiet"; } allow plain-secret "the test looks for it";
        alive exec "./is-well.sh" { interval 50ms; timeout 2m; failures 2; }
        // Each of its runs is short, and a busy machine needs some time to look at one.
        max_restarts 100_000;
    }
    script refused { run "./stay.sh"; alive tcp "127.0.0.1:1" { interval 1s; failures 3; } }
};

/// Services whose logs are replaced by new ones.
static ROTATED: Ecosystem = ecosystem! {
    name rotated;
    root "it/embedded/services";
    script many { run "./many.sh"; rotate 20K, 900; autorestart false; }
    script few { run "./many.sh"; rotate 20K, 2; autorestart false; time true; }
};

fn main() -> std::process::ExitCode {
    match std::env::var("SYSTEM").as_deref() {
        Ok("ends") => promethean::main(&ENDS),
        Ok("patient") => promethean::main(&PATIENT),
        Ok("spoken") => promethean::main(&SPOKEN),
        Ok("over") => promethean::main(&OVER),
        Ok("hanging") => promethean::main(&HANGING),
        Ok("hanging_outside") => promethean::main(&HANGING_OUTSIDE),
        Ok("fails") => promethean::main(&FAILS),
        Ok("fewer") => promethean::main(&FEWER),
        Ok("full") => promethean::main(&FULL),
        Ok("signals") => promethean::main(&SIGNALS),
        Ok("fresh") => promethean::main(&FRESH),
        Ok("stirred") => promethean::main(&STIRRED),
        Ok("failures") => promethean::main(&FAILURES),
        Ok("jobs") => promethean::main(&JOBS),
        Ok("leaves") => promethean::main(&LEAVES),
        Ok("idle") => promethean::main(&IDLE),
        Ok("works") => promethean::main(&WORKS),
        Ok("yearly") => promethean::main(&YEARLY),
        Ok("timed") => promethean::main(&TIMED),
        Ok("causes") => promethean::main(&CAUSES),
        Ok("quick") => promethean::main(&QUICK),
        Ok("live") => promethean::main(&LIVE),
        Ok("loud") => promethean::main(&LOUD),
        Ok("changes") => promethean::main(&CHANGES),
        Ok("beyond") => promethean::main(&BEYOND),
        Ok("messages") => promethean::main(&MESSAGES),
        Ok("clusters") => promethean::main(&CLUSTERS),
        Ok("dependents") => promethean::main(&DEPENDENTS),
        Ok("alive") => promethean::main(&ALIVE),
        Ok("rotated") => promethean::main(&ROTATED),
        _ => promethean::main(&FAMILIES),
    }
}
