use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    defaults { env { LEVEL = 1; } }
    env discord { CHANNEL = 1; }
    script a { run "a"; env { ..discord; unset LEVLE; unset CHANEL; unset PROXY; unset HOME; } }
};

fn main() {}
