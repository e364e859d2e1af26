use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external a { ready log "(listening"; }
    external b { ready log "[a-"; }
    external c { ready log "*"; }
    external d { ready log r"ready \(.*\)"; }
};

fn main() {}
