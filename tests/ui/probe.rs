use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external db { ready tcp "127.0.0.1:1" { timeout 30; intervall 1s; } }
    external cache { ready tcp; }
    external api { ready tcp "127.0.0.1:1", "127.0.0.1:2"; }
};

fn main() {}
