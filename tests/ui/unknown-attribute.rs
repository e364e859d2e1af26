use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        wach ".";
        maxMemoryRestart 300M;
        restart-delay 10s;
        database_url "mongodb://127.0.0.1";
    }
};

fn main() {}
