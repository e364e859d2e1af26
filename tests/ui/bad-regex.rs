use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a"; ready log "(listening"; }
    script b { run "b"; ready log "[a-"; }
    script c { run "c"; ready log "*"; }
    script d { run "d"; ready log r"ready \(.*\)"; }
};

fn main() {}
