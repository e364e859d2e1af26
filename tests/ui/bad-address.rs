use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external a { ready tcp "localhost"; }
    external b { ready tcp "127.0.0.1:70000"; }
    external c { ready tcp "http://127.0.0.1:80"; }
    external d { ready tcp "two words:80"; }
    external e { ready http "127.0.0.1:8000/health"; }
    external f { ready http "ftp://127.0.0.1/"; }
    external g { ready http "http://127.0.0.1:99999/"; }
    external h { ready http "http://user:word@127.0.0.1/"; }
    external i { ready tcp "[::1]:27017"; }
    external j { ready http "https://localhost/health?deep=1"; }
};

fn main() {}
