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
    agent duck: bto {}
    agent crow: bot { without vioce; override cephaln { port 80; } env { CHANNEL = 1; NAME = "Crow"; } }
    agent rook: bot { env { CHANNEL = 1; NAME = "Rook"; } node ears { depends_on voic, voice, rook.cephalon; } }
    agent lark: bot { env { CHANNEL = 1; NAME = "Lark"; ..discrod; } }
    node web { depends_on rook.voice, rook.vocie; }
};

fn main() {}
