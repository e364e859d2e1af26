use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { listen http 70_000; }
    node b { listen http "127.0.0.1"; }
    node c { listen "http://127.0.0.1:8000"; }
    node d { listen HTTP 8000; }
    node e { listen http "8000"; }
    node f { listen http; }
    node g { listen metrics: http later; }
    external h { listen redis auto; }
};

fn main() {}
