use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script chroma { run "./chroma" }
    script api { run "api"; restart_delay 1s port 80; }
    node web
};

fn main() {}
