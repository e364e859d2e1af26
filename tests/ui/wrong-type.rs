use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        restart_delay 10000;
        max_memory_restart 5m;
        kill_timeout 300M;
        autorestart "false";
        exec_mode "fork";
        out_file logs;
        instances 1.5;
        watch 5;
    }
};

fn main() {}
