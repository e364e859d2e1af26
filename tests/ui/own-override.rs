use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    template bot { script talk { run "talk"; } }
    agent duck: bot {
        script voice { run "voice"; }
        override talk { autorestart false; }
        override voice { autorestart false; }
    }
    agent owl { script hoot { run "hoot"; } override hoot { port 8000; } }
};

fn main() {}
