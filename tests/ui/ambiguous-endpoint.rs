use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node proxx { listen api: http 8789; listen metrics: http 9100; ready tcp; }
    agent duck { node voice { listen http 8000; } node text { listen http 8001; } }
    node a { env { A = url proxx; B = url duck; } }
};

fn main() {}
