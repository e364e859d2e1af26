use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { runner npm; }
    node b { run "dev"; }
};

fn main() {}
