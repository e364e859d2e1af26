use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    root “services”;
    node web { ready log "port \d+"; }
    external db { hint 'start'; }
    node api；
    script mongo { run `mongod`; }
};

fn main() {}
