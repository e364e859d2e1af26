use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    defaults { env { LANG "C"; HOST: "localhost"; } }
};

fn main() {}
