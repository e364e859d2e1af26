use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    env a { ..b; }
    env b { ..c; }
    env c { ..a; }
};

fn main() {}
