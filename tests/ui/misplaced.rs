use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    autorestart true;
    without voice;
    env { A = 1; }
    node web {
        agent duck { node a; }
        override web { autorestart true; }
        env discord { A = 1; }
        profile dev { profile test { autorestart true; } }
        node inner;
    }
    template t { without a; }
    external db { watch "."; hnt "x"; }
};

fn main() {}
