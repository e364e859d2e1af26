use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a", "{"; }
    node b { args "}"; env { JSON = "{{\"a\": 1}"; } }
};

fn main() {}
