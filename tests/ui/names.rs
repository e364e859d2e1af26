use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    agent all { node web; }
    node "42" { port 80; }
    node "-x";
    node "" ;
    node "a,b";
};

fn main() {}
