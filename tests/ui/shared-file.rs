use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    machine stealth "stealth.lan";
    machine pi "192.168.1.20";
    defaults { on pi; }
    node one "services/one" { out_file "../../logs/all.log"; args "--db", "./state.db"; }
    node two "services/two" { on stealth; out_file "../../logs/all.log"; }
    node three "services/one" { on stealth; env { STATE = "./state.db"; } }
};

fn main() {}
