use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        watch_options true;
        watch { paths "."; }
    }
};

fn main() {}
