use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a", "{nmae}"; }
    node b { out_file "{pid}.log"; env { A = "{ENV}"; } }
};

fn main() {}
