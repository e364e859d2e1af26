use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external mongodb;
    node a;
    node b { autorestart false; cron_restart "0 4 * * *"; }
    node c { autorestart false; }
    node d { stop_exit_codes 0; }
    node e { depends_on a (completed), b (completed), mongodb (completed), c (completed), d (completed); }
    node f { autorestart false; autostart false; }
    node g { autorestart false; profile dev { autorestart true; } }
    node h { stop_exit_codes 3; }
    node i { depends_on f (completed), g (completed), h (completed); }
    node j { autorestart false; watch "."; instances 2; }
    node k { profile dev { autorestart false; } }
    node l { depends_on j (completed); profile dev { depends_on k (completed); } }
    node m { only_profile dev; depends_on k (completed); }
};

fn main() {}
