use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    root "../../../../tests/ui/tree";
    node api "services/api" { watch "srcc", "nowhere/**/*.js"; }
};

fn main() {}
