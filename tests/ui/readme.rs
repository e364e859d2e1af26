use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external mongodb;
    node cephalon {
        restart_delay 10000;
        wacth ".";
        depends_on mongdb;
    }
};

fn main() {}
