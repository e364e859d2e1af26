use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { watch "src/{a,b"; }
    node b { ignore_watch "data", "[ab"; }
    node c { watch "src/[ab]/{c,d}/*.js"; ignore_watch "x{"; allow unclosed-glob "a folder is called so"; }
};

fn main() {}
