use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { port 8000; }
    node b { port 8000; }
    node c { port 8001; only_profile day; }
    node d { port 8001; only_profile night; }
    node e { port 8002; profile production { port 8003; } }
    node f { port 8003; }
    node g { port 8000; allow port-conflict "it is started by hand"; }
};

fn main() {}
