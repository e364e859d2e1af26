use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    agent all { node web; }
    node "42";
    agent default { node api; }
};

fn main() {}
