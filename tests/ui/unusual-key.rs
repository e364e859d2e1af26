use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    env set { "MY KEY" = 1; }
    script a { run "a"; env { ..set; "MY-KEY" = 1; "1ST" = 1; } }
    script b { run "b"; env { "discovery.type" = single-node; } allow unusual-key "Elasticsearch reads it"; }
};

fn main() {}
