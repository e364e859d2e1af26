use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    machine stealth "stealth.lan" { has npu; }
    machine pi "192.168.1.20";
    template brain { on npu; listen http 8789; ready tcp; }
    node proxx: brain;
    agent duck { on pi; node web { depends_on proxx; env { API = url proxx "/v1"; } } }
    node beside { on stealth; env { API = url proxx; } }
    node anywhere { args "{address proxx}"; }
};

fn main() {}
