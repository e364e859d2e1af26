use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    script a { run "sleep", "9"; ready log "^listening$"; alive log "^listening$"; }
    template b { alive log "ping" { failures 3; } }
    script c: b { run "sleep", "9"; }
};

fn main() {}
