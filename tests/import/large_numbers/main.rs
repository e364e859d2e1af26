//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name large_numbers;

    node web {
        entry "index.js";
        env {
            A = 2_592_000;
            B = 1_800_000;
            C = 86400;
            D = 10485760;
            E = 2_592_000_000;
            F = 300_000;
            G = 30000;
            // JavaScript rounds 450688080542695436 to 450688080542695400.
            GUILD = "450688080542695436";
            CHANNEL = "450688080542695437";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
