use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { args "--token", secret; log_date_format inherit; }
};

fn main() {}
