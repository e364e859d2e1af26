use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web { runner npm; run "dev"; wait_ready true; }
    node api { interpreter "deno"; shutdown_with_message true; }
    node bot { wait_ready true; }
    node old { runner npm; run "dev"; wait_ready false; }
};

fn main() {}
