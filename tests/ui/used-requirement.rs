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
    agent duck: bot {}
    agent crow: bot { env { CHANNEL = 1; NAME = "Crow"; } }
    agent rook: bot { env { CHANNEL = 1; } override voice { env { NAME = "Rook"; } } }
    agent lark: bot { env { unset CHANNEL; NAME = "Lark"; } override voice { unset env; } }
    node web { env { ..discord; } }
    node api { env { ..discord; CHANNEL = 2; } }
};

fn main() {}
