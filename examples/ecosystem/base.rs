//! What every file shares.

use promethean::{Ecosystem, ecosystem};

mod ports {
    pub const HEARTBEAT: u16 = 5005;
}

pub static BASE: Ecosystem = ecosystem! {
    defaults {
        exec_mode fork;
        instances 1;
        autorestart true;
        merge_logs true;
        restart_delay 10s;
        kill_timeout 10s;
        out_file "./logs/{name}-out.log";
        error_file "./logs/{name}-err.log";
        env {
            PM2_PROCESS_NAME = "{name}";
            HEARTBEAT_PORT = (ports::HEARTBEAT);
            PYTHONUNBUFFERED = 1;
            PYTHONPATH = "{root}";
            CHECK_INTERVAL = 300_000;
            HEARTBEAT_TIMEOUT = 600_000;
        }
        // For machines without pipenv: the Python services need nothing but Python.
        profile system { runner system; }
        // Runs without MongoDB: a small program takes its place, and the services have work to do.
        profile demo {
            runner system;
            env { DEMO_EVERY_MS = 3_000; }
        }
    }
};
