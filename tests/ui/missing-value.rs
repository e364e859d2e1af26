use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        watch;
        args;
        ignore_watch
    }
};

fn main() {}
