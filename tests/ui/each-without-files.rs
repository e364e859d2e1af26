use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    include each "servcies/*/ecosystem.rs";
};

fn main() {}
