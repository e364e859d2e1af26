use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        args 'c', b"bytes";
        port ();
        instances @;
        env { A = 'c'; B = (); }
    }
};

fn main() {}
