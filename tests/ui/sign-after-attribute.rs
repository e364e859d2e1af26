use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    defaults { autorestart = true; }
    node web { port: 80; }
};

fn main() {}
