use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external a { ready http "http://127.0.0.1:8000/" { status "ok"; } }
    external b { ready http "http://127.0.0.1:8001/" { status 99; } }
};

fn main() {}
