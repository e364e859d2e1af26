//! A system whose services and probes write what a terminal would obey. What it is told in `VALUE` is
//! a part of its definition.

use promethean::{Ecosystem, ecosystem};

static HOSTILE: Ecosystem = ecosystem! {
    name hostile;
    root "it/operations/services";
    external door { ready exec "./hostile.sh"; hint "open it"; }
    script dying { run "./hostile.sh"; restart_delay 100ms; }
    script silent {
        run "./hostile.sh", "sleep", "100000";
        ready exec "./hostile.sh" { timeout 1s; interval 100ms; }
    }
    script guarded { run "./hostile.sh", "sleep", "100000"; depends_on door; }
    script talking {
        run "./hostile.sh", "sleep", "100000";
        env { VALUE = (std::env::var("VALUE").unwrap_or_default()); }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&HOSTILE)
}
