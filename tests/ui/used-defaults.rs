use promethean::{Ecosystem, ecosystem};

mod base {
    use super::*;
    pub static CLUSTER: Ecosystem = ecosystem! { defaults { exec_mode cluster; } };
    pub static AGENT: Ecosystem = ecosystem! {
        defaults { out_file "logs/{agent}-{name}.log"; env { NAME = "{agent}"; } }
        env bot { BOT = "{agent}"; }
    };
    pub static INSTANCES: Ecosystem = ecosystem! { defaults { instances 2; exec_mode fork; } };
    pub static BACKOFF: Ecosystem =
        ecosystem! { defaults { exp_backoff_restart_delay 100ms; } };
    pub static NPM: Ecosystem = ecosystem! { defaults { runner npm; wait_ready true; } };
    pub static RUN: Ecosystem = ecosystem! { defaults { run "dev"; } };
    pub static PORT: Ecosystem = ecosystem! { defaults { port 8000; } };
}

static CLUSTER: Ecosystem = ecosystem! {
    paths unchecked;
    use base::CLUSTER;
    node web;
    python tts { module app; }
    agent duck { script voice { run "voice"; } }
};

static NO_CLUSTER: Ecosystem = ecosystem! {
    paths unchecked;
    use base::CLUSTER;
    defaults { exec_mode fork; }
    python tts { module app; }
};

static AGENT: Ecosystem = ecosystem! {
    paths unchecked;
    use base::AGENT;
    agent duck { node voice; }
    node web { env { NAME = "web"; } }
    node api { out_file "logs/api.log"; env { ..bot; } }
};

static INSTANCES: Ecosystem = ecosystem! {
    paths unchecked;
    use base::INSTANCES;
    node web { port 8000; }
    node api { port 8001; increment_var PORT; }
    node ui { port 8002; allow instances-share-port "behind a balancer"; }
};

static BACKOFF: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BACKOFF;
    node web { restart_delay 5s; }
    node api { unset exp_backoff_restart_delay; restart_delay 5s; }
};

static NPM: Ecosystem = ecosystem! {
    paths unchecked;
    use base::NPM;
    node web;
    node api { run "start"; wait_ready false; }
};

static RUN: Ecosystem = ecosystem! {
    paths unchecked;
    use base::RUN;
    node web { entry "web.js"; }
    script api;
};

static PORT: Ecosystem = ecosystem! {
    paths unchecked;
    use base::PORT;
    node web;
    node api;
    node ui { port 8001; }
};

fn main() {}
