use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { cron_restart "0 25 * * *"; }
    node b { cron_restart "daily"; }
    node c { cron_restart "0 4 1-5,10 * *"; }
    node d { cron_restart "*/0 * * * *"; }
    node e { cron_restart "0 4 * * wednesday"; }
    node f { cron_restart "0 4 0 * *"; }
    node g { cron_restart "9-5 * * * *"; }
    node h { cron_restart "@daily"; }
};

fn main() {}
