use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    script a { run "sleep", "9"; ready tcp "127.0.0.1:8000"; }
    script b { run "sleep", "9"; depends_on a (started, timeout 30s); }
    script c { run "sleep", "9"; depends_on a (timeout 30s, started, restarts); }
};

fn main() {}
