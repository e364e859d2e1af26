use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        env {
            PORT = 80;
            HOST = "a";
            PORT = 81;
            unset HOST;
        }
    }
    env "bad" { "A=B" = 1; "" = 2; }
};

fn main() {}
