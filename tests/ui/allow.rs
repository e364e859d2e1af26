use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web { allow missing-directry "typed in a hurry"; }
    node api { allow unknown-unit "a fact cannot be lifted"; }
};

fn main() {}
