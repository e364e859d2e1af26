use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node debugger { only_profile dev; }
    node web { depends_on debugger; }
    node api { profile dev { depends_on debugger; } }
    node worker { only_profile dev, test; depends_on debugger; }
};

fn main() {}
