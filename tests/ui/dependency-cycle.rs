use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node a { depends_on b; }
    agent duck {
        node voice { depends_on a; }
        node ear;
    }
    node b { depends_on duck; }
    node alone { depends_on alone; }
    template t { depends_on x; node x; node y; }
    agent owl: t;
};

fn main() {}
