use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a "services/a" { entry "app.py"; }
    node b { entry "bin/start.sh"; }
    script c { run "index.js"; }
    script d { run "main.py"; }
    python e { run "app.py"; }
    node f { interpreter python3; entry "app.py"; }
    script g { run "./app.py"; }
};

fn main() {}
