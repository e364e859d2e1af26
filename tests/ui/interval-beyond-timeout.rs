use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external a { ready tcp "127.0.0.1:1" { interval 1m; timeout 10s; } }
    external b { ready tcp "127.0.0.1:1" { interval 45s; } }
    external c { ready tcp "127.0.0.1:1" { timeout 500ms; } }
};

fn main() {}
