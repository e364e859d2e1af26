use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        out_file "a.log";
        out "b.log";
        autorestart true;
        autorestart false;
    }
};

fn main() {}
