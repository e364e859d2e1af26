use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a"; allow unknown-unit "it is there"; }
    agent duck { allow duplicate-unit "it is another one"; script voice { run "voice"; } }
};

fn main() {}
