use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    env shared { name = "web"; PORT = "p"; port = 2; }
    defaults { env { ..shared; unset status; } increment_var uid; }
    template bot { env { kill_timeout; } }
    node a {
        instance_var "pm_id";
        env { cron_restart = secret; pm_exec_path = inherit; }
        profile dev { env { promethean = (1 + 1); } }
    }
    agent duck { node b { env { kill_timeout = 1; } } }
};

fn main() {}
