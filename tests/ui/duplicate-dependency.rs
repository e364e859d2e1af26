use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external db;
    node web { depends_on db, db; }
};

fn main() {}
