use promethean::{Ecosystem, ecosystem};

mod base {
    use super::*;
    pub static BASE: Ecosystem = ecosystem! { defaults { min_uptime 5s; } };
    pub static PORT: Ecosystem = ecosystem! { defaults { port 8000; } };
    pub static PYTHON: Ecosystem = ecosystem! { defaults { interpreter "python3"; } };
}

static NOTHING: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    node web { allow port-conflict "one at a time"; }
    node api { entry "app.py"; }
};

static SOMETHING: Ecosystem = ecosystem! {
    paths unchecked;
    use base::PORT;
    use base::PYTHON;
    node web { allow port-conflict "one at a time"; }
    node api { entry "app.py"; unset port; }
};

fn main() {}
