use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external mongodb { ready tcp "127.0.0.1:27017"; }
    script a { run "sleep", "9"; depends_on mongodb (restarts); }
    agent duck { depends_on mongodb (ready, restarts); script b { run "sleep", "9"; } }
};

fn main() {}
