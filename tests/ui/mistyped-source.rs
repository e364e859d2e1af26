use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { env { A = secrt; B = Secret; C = inhert; D = "secrt"; } }
};

fn main() {}
