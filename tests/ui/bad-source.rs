use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    defaults {
        env {
            A = secret "my token";
            B = "Bearer {secret MY TOKEN}";
            C = inherit "$HOME";
            D = inherit "ProgramFiles(x86)";
            E = secret "";
        }
    }
};

fn main() {}
