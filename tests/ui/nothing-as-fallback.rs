use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    defaults {
        env {
            A = inherit or nil;
            B = secret or inherit or null;
            C = inherit or unset;
            D = inherit or "null";
        }
    }
};

fn main() {}
