use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script chroma;
    template bot { script ears; }
    agent duck: bot {}
    agent owl: bot { override ears { run "./ears"; } }
};

fn main() {}
