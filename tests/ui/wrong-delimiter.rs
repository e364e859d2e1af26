use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    defaults < autorestart true; >
    agent duck ( node voice; )
    node web [ port 80; ]
};

fn main() {}
