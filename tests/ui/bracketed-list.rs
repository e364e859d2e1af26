use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { ignore_watch ["data", "logs"]; args ["--port", "80"]; }
};

fn main() {}
