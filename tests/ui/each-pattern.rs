use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    include each "/services/*/ecosystem.rs";
    include each "services/***/ecosystem.rs";
    include "services/*/ecosystem.rs";
    use each "services/*/ecosystem.rs";
    include each services/ecosystem.rs;
    include each;
};

fn main() {}
