use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external a { ready tcp; }
    external b { ready http "http://a/", "http://b/"; }
    external c { ready tcp 27017; }
    external d { ready exec; }
    external e { ready exec "mongosh", "--eval", "1"; }
};

fn main() {}
