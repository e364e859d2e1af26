use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    include each "../../../../tests/ui/each-of-*.rs";
};

fn main() {}
