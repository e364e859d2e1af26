use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    defaults {
        env {
            A = inherit or unset or "eu";
            B = unset or secret;
            C = inherit or unset or unset;
        }
    }
};

fn main() {}
