//! The program of `docs/machines.md`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name duck;
    paths unchecked;
    machine stealth "stealth.lan" { root "/srv/duck"; has npu, gpu; }
    machine pi "pi.lan" { root "/srv/duck"; has npu; }

    node proxx "services/proxx" { on stealth; listen http "0.0.0.0:8789"; ready http "/health"; }
    node cephalon "services/cephalon" {
        on npu;
        depends_on proxx;
        env { API = url proxx "/v1"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
