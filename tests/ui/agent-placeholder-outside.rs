use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a", "{agent}"; env { AGENT = "{agent}"; } }
    agent duck { node voice { args "{agent}"; } }
};

fn main() {}
