use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    defaults {
        env {
            A = inherit || "eu";
            B = secret ?? inherit "LEGACY" ?? "";
            C = secret "X" | "x";
            D = inherit "X", "x";
            E = "{inherit HOME}/x" || "/x";
            F = inherit else "x";
        }
    }
};

fn main() {}
