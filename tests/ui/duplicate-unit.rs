use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    agent duck { node web; node web; }
    node duck_web;
    external duck;
    script db { run "a"; }
    script db { run "b"; }
    template t { node a; }
    template t { node b; }
    env e { A = 1; }
    env e { B = 1; }
};

fn main() {}
