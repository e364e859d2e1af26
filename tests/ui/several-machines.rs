use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    machine stealth "stealth.lan" { has npu; }
    machine pi "192.168.1.20" { has npu; }
    node proxx { on npu; listen http "0.0.0.0:8789"; }
    node web { on pi; env { API = url proxx "/v1"; } args "{host proxx}"; }
    node port { on pi; env { PROXX = port proxx; } }
};

fn main() {}
