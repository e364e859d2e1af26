use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    env set {}
    env set {}
    template bot { node voice; node voice; }
    template bot {}
    agent duck: bot { without voice; without voice; }
    agent owl { node voice; override voice { port 1; } override voice { port 2; } }
    node web { profile a {} profile a {} }
};

fn main() {}
