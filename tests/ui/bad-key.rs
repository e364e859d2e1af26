use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { env { "A=B" = 1; "" = 2; C = secret "X=Y"; D = inherit ""; } }
};

fn main() {}
