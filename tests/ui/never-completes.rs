use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external mongodb;
    node a;
    node b { autorestart false; cron_restart "0 4 * * *"; }
    node c { autorestart false; }
    node d { stop_exit_codes 0; }
    node e { depends_on a (completed), b (completed), mongodb (completed), c (completed), d (completed); }
};

fn main() {}
