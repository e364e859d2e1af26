use promethean::{Ecosystem, ecosystem};

mod base {
    use super::*;
    pub static BASE: Ecosystem = ecosystem! {
        paths unchecked;
        env discord { TOKEN = secret; CHANNEL; }
        template bot {
            env { ..discord; NAME; }
            node cephalon;
            node voice { depends_on cephalon; }
        }
    };
    pub static OTHER: Ecosystem = ecosystem! {
        paths unchecked;
        env discord {}
        template bot { node ears; }
        template owl { node wings; }
    };
}

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    use base::OTHER;
    agent duck: bot {}
    node web { env { ..discord; } }
};

fn main() {}
