use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    root "no/such/root";
    node web "services/web";
};

fn main() {}
