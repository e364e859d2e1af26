use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { log_date_format 'x'; args b"bytes", c"text"; env { A = 'c'; } }
};

fn main() {}
