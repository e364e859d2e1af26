use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    defaults {
        env {
            A = "eu" or inherit "ZONE";
            B = inherit or "eu" or secret or unset;
            C = inherit or inherit "C" or "x";
            D = secret or inherit or "x";
            E = inherit or secret or "x";
            F = "{inherit HOME}/x" or "{inherit HOME}/{secret F}" or "x";
            G = (1 + 1) or 2;
        }
    }
};

fn main() {}
