use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name a;
    name b;
    root ".";
    root ".";
    defaults { autorestart true; }
    defaults { instances 1; }
    node web { ready tcp "127.0.0.1:80"; ready tcp "127.0.0.1:81"; }
};

fn main() {}
