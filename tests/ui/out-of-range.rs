use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        port 70000;
        min_uptime 99ms;
        max_restarts -1;
    }
};

fn main() {}
