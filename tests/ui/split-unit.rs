use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { restart_delay 10 s; max_memory_restart 300 M; }
};

fn main() {}
