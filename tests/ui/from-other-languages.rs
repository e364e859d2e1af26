use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external db;
    external cache;
    node a { depends_on [db, cache]; }
    node b { depends_on db cache; }
    agent duck {
        nod talk "web";
        name: "duck";
        env: { A = 1; }
        node voice { env { A = 1; } env { B = 2; } }
    }
    agent owl: bird
    template bird { node wings { env { A = secret or "x"; } } }
};

fn main() {}
