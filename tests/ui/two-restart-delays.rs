use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    defaults { restart_delay 10s; exp_backoff_restart_delay 100ms; }
};

fn main() {}
