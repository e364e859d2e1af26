use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { cron_restart "0 4 30 2 *"; }
    node b { profile production { cron_restart "0 4 31 4,6,9,11 *"; } }
    node c { cron_restart "0 4 30 2 *"; allow cron-never-comes "kept from the old system"; }
    node d { cron_restart "0 4 29 2 *"; }
};

fn main() {}
