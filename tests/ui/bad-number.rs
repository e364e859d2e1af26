use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        restart_delay 10sec;
        kill_timeout 1d;
        max_memory_restart 300MB;
        min_uptime 1.5h;
        port 0x50;
        instances 01;
        env {
            OCTAL = 007;
            FLOAT = 1e5;
            TYPED = 5u16;
        }
    }
};

fn main() {}
