//! Systems whose runs are killed by the tests. `SYSTEM` says which; what it is told in `GENERATION` is
//! a part of its definition.

use promethean::{Ecosystem, ecosystem};

static CRASHING: Ecosystem = ecosystem! {
    name crashing;
    root "it/operations/services";
    defaults {
        kill_timeout 500ms;
        env {
            NAME = "{name}";
            STAMPS = "{root}/stamps";
            GENERATION = (std::env::var("GENERATION").unwrap_or_default());
        }
    }
    script one { run "./stamp.sh"; }
    script two { run "./stamp.sh"; depends_on one; }
    agent three {
        script four { run "./stamp.sh"; depends_on two; }
        script five { run "./stamp.sh", "sh", "-c", "sleep 100000 & wait"; depends_on one; }
    }
    script six { run "./stamp.sh"; only_profile more; depends_on three; }
    script seven { run "./stamp.sh"; only_profile more; }
};

/// Clusters whose processes take their time, and what depends on them.
static CLUSTERS: Ecosystem = ecosystem! {
    name clusters;
    root "it/operations/services";
    defaults {
        listen_timeout 400ms;
        env {
            NAME = "{name}";
            STAMPS = "{root}/stamps";
            GENERATION = (std::env::var("GENERATION").unwrap_or_default());
        }
    }
    node slow { entry "slow.js"; exec_mode cluster; instances 2; kill_timeout 3s; env { SLOW = "600"; } }
    agent stubborn {
        node never {
            entry "slow.js"; exec_mode cluster; instances 2; kill_timeout 500ms; depends_on slow;
            env { SLOW = "never"; }
        }
        node late {
            entry "slow.js"; exec_mode cluster; kill_timeout 1s; depends_on slow;
            env { SLOW = "0"; DELAY = "300"; }
        }
    }
    script plain { run "./stamp.sh"; kill_timeout 500ms; depends_on stubborn; }
};

/// One that is ready when a file is there, and what waits for it.
static INTERRUPTED: Ecosystem = ecosystem! {
    name interrupted;
    root "it/operations/services";
    defaults {
        kill_timeout 500ms;
        env { NAME = "{name}"; STAMPS = "{root}/stamps"; }
    }
    script db { run "./stamp.sh"; }
    script web {
        run "./stamp.sh", "sh", "-c", "while [ ! -e go ]; do sleep 0.1; done; echo ready; exec sleep 100000";
        depends_on db;
        ready log "^ready$" { timeout 1h; interval 50ms; }
    }
    script worker { run "./stamp.sh"; depends_on web; }
};

/// One that leaves a process in a session of its own, and one that takes its time to end.
static LEAVING: Ecosystem = ecosystem! {
    name leaving;
    paths unchecked;
    root "it/operations/services";
    defaults { env { NAME = "{name}"; STAMPS = "{root}/stamps"; } }
    script first {
        run "./stamp.sh", "sh", "-c", "setsid sh -c 'sleep 100001 & exit'; exec sleep 100002";
        depends_on last; kill_timeout 500ms;
    }
    script last "apart" {
        run "../stamp.sh", "sh", "-c",
            "trap 'while [ ! -e end ]; do sleep 0.1; done; exit 0' INT; while true; do sleep 0.1; done";
        kill_timeout 1h;
    }
};

/// One whose process has children in its session.
static FORKING: Ecosystem = ecosystem! {
    name forking;
    root "it/operations/services";
    defaults { env { NAME = "{name}"; STAMPS = "{root}/stamps"; } }
    script parent { run "./stamp.sh", "sh", "-c", "sleep 100004 & sleep 100005"; }
};

/// One that ends when a file is there, and what it needs.
static STOPPED: Ecosystem = ecosystem! {
    name stopped;
    root "it/operations/services";
    defaults { env { NAME = "{name}"; STAMPS = "{root}/stamps"; } }
    script db { run "./stamp.sh"; }
    script web { run "./stamp.sh"; depends_on db; }
    script worker {
        run "./stamp.sh", "sh", "-c",
            "trap 'while [ ! -e end ]; do sleep 0.1; done; exit 0' INT; echo ready; while true; do sleep 0.1; done";
        depends_on web;
        treekill false;
        kill_timeout 10m;
        ready log "^ready$" { timeout 1h; }
    }
};

/// A cluster whose processes end when a file is there, and what needs it.
static RELOADED: Ecosystem = ecosystem! {
    name reloaded;
    root "it/operations/services";
    defaults {
        env {
            NAME = "{name}";
            STAMPS = "{root}/stamps";
            GENERATION = (std::env::var("GENERATION").unwrap_or_default());
        }
    }
    node web {
        entry "slow.js"; exec_mode cluster; instances 2; kill_timeout 5m; listen_timeout 400ms;
        env { SLOW = "never"; UNTIL = "{root}/end"; }
    }
    script after { run "./stamp.sh"; kill_timeout 500ms; depends_on web; }
};

/// One with two profiles, and one of the first that ends when a file is there.
static REMOVED: Ecosystem = ecosystem! {
    name removed;
    root "it/operations/services";
    defaults { env { NAME = "{name}"; STAMPS = "{root}/stamps"; } }
    script base { run "./stamp.sh"; kill_timeout 500ms; }
    script old { run "./stamp.sh"; only_profile first; kill_timeout 500ms; }
    script last {
        run "./stamp.sh", "sh", "-c",
            "trap 'while [ ! -e end ]; do sleep 0.1; done; exit 0' INT; echo ready; while true; do sleep 0.1; done";
        only_profile first;
        depends_on old;
        treekill false;
        kill_timeout 5m;
        ready log "^ready$" { timeout 1h; }
    }
    script new { run "./stamp.sh"; only_profile second; kill_timeout 500ms; }
};

/// One that fails while another is not ready, and what waits for that.
static FAILING: Ecosystem = ecosystem! {
    name failing;
    root "it/operations/services";
    defaults {
        kill_timeout 500ms;
        env {
            NAME = "{name}";
            STAMPS = "{root}/stamps";
            GENERATION = (std::env::var("GENERATION").unwrap_or_default());
        }
    }
    script slow {
        run "./stamp.sh", "sh", "-c", "while [ ! -e go ]; do sleep 0.1; done; echo ready; exec sleep 100000";
        ready log "^ready$" { timeout 1h; interval 50ms; }
    }
    script broken {
        run "./stamp.sh", "sh", "-c", "if [ -e break ]; then echo no luck; exit 3; fi; exec sleep 100000";
        autorestart false;
        depends_on slow (started);
    }
    script changed { run "./stamp.sh"; depends_on slow; }
    script later { run "./stamp.sh"; depends_on slow; }
};

fn main() -> std::process::ExitCode {
    match std::env::var("SYSTEM").as_deref() {
        Ok("clusters") => promethean::main(&CLUSTERS),
        Ok("failing") => promethean::main(&FAILING),
        Ok("reloaded") => promethean::main(&RELOADED),
        Ok("removed") => promethean::main(&REMOVED),
        Ok("stopped") => promethean::main(&STOPPED),
        Ok("forking") => promethean::main(&FORKING),
        Ok("leaving") => promethean::main(&LEAVING),
        Ok("interrupted") => promethean::main(&INTERRUPTED),
        _ => promethean::main(&CRASHING),
    }
}
