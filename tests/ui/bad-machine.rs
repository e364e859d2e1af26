use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    machine pi "http://pi.lan";
    machine box "localhost";
    machine stealth "stealth.lan" { root "srv"; }
    defaults { on pi, box, stealth; }
};

fn main() {}
