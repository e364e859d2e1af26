use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node proxx { listen http 8789; listen metrics: http 9100; }
    node silent;
    node a { env { A = url proxx:metrix; B = address silent; C = "{port :metrics}"; } }
    node b { ready tcp; }
    node c { ready http metrics "/health"; listen http 8000; }
    external d { ready tcp; }
};

fn main() {}
