use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node web {
        script "index.js";
        cwd "services/web";
        env_production "x";
    }
};

fn main() {}
