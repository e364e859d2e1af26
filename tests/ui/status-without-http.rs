use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external a { ready tcp "127.0.0.1:8000" { status 401; } }
    script b { run "sleep", "9"; ready log "^listening$" { status 200; } }
};

fn main() {}
