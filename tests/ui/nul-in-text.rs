use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a\0"; env { A = "b\0c"; } }
};

fn main() {}
