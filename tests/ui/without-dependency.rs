use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    template t {
        node ear;
        node voice { depends_on ear; }
    }
    agent duck: t { without ear; }
};

fn main() {}
