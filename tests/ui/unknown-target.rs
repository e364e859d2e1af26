use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node proxx { listen http 8789; }
    agent duck { node voice { listen http 8790; } }
    node a { env { A = url prox; B = address duck.voise; C = "{port prox}/x"; } }
    node b { args "{url nobody}"; }
    env shared { D = host voice; }
    node c { env { ..shared; } }
};

fn main() {}
