//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name cluster_of_every_core;

    node api {
        entry "./dist/server.js";
        exec_mode cluster;
        instances max;
        port 3000;
        increment_var PORT;
        instance_var INSTANCE_ID;
        exp_backoff_restart_delay 100ms;
        max_memory_restart 1G;
        kill_timeout 5s;
        wait_ready true;
        listen_timeout 50s;
        source_map_support true;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
