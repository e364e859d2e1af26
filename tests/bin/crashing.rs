//! A system whose runs are killed by the tests. What it is told in `GENERATION` is a part of its
//! definition.

use promethean::{Ecosystem, ecosystem};

static CRASHING: Ecosystem = ecosystem! {
    name crashing;
    root "it/operations/services";
    defaults {
        kill_timeout 500ms;
        env {
            NAME = "{name}";
            STAMPS = "{root}/stamps";
            GENERATION = (std::env::var("GENERATION").unwrap_or_default());
        }
    }
    script one { run "./stamp.sh"; }
    script two { run "./stamp.sh"; depends_on one; }
    agent three {
        script four { run "./stamp.sh"; depends_on two; }
        script five { run "./stamp.sh", "sh", "-c", "sleep 100000 & wait"; depends_on one; }
    }
    script six { run "./stamp.sh"; only_profile more; depends_on three; }
    script seven { run "./stamp.sh"; only_profile more; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&CRASHING)
}
