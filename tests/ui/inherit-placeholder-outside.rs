use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a", "{inherit PORT}"; out_file "{inherit HOME}/a.log"; }
    node b { env { CACHE = "{inherit HOME}/.cache"; } }
};

fn main() {}
