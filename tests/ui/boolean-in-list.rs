use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { watch true, "src"; }
    node api { watch "src", false; }
};

fn main() {}
