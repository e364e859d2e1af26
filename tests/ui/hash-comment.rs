use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    # the database
    external mongodb;
    node web {
        # restarts
        autorestart true;
    }
};

fn main() {}
