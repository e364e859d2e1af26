use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    include each "../../../../tests/ui/each/*/ecosystem.rs";
};

fn main() {}
