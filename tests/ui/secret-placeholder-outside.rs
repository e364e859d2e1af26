use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a", "{secret TOKEN}"; out_file "{secret TOKEN}.log"; }
    node b { env { URL = "https://x:{secret TOKEN}@host"; } }
};

fn main() {}
