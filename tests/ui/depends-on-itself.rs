use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { depends_on web; }
    agent duck { node voice { depends_on duck; } node ears { depends_on ears; } }
};

fn main() {}
