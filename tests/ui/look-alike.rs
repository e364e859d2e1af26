use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    nоde api "services/api";
    external mοngodb;
    ｓｃｒｉｐｔ db { run "mongod"; }
    node бот { wаtch "."; depends_on mongodb, api; env { ПРИВЕТ = 1; PОRT = 80; } }
};

fn main() {}
