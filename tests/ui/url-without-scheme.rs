use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node proxx { port 8789; }
    node web { listen 8000; listen metrics: auto; env { SELF = "{url}"; } }
    node a { env { A = url proxx "/v1"; B = "{url web:metrics}"; C = address proxx; } }
};

fn main() {}
