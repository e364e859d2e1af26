use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external a { ready tcp "127.0.0.1:1" { timeout 10; } }
    external b { ready tcp "127.0.0.1:1" { interval "1s"; } }
};

fn main() {}
