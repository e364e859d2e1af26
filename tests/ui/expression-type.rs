use promethean::{Ecosystem, ecosystem};

struct NoDisplay;

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        restart_delay (10);
        port ("80");
        autorestart (1);
        max_memory_restart (300i32);
        env { A = (NoDisplay); }
    }
};

fn main() {}
