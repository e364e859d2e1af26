use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external Mongo;
    node web { depends_on Mongo; }
    node api { depends_on "Mongo"; }
};

fn main() {}
