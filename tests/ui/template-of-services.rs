use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    template bot { node talk; }
    template loud: bot { autorestart false; }
    python mcp: bot "services/mcp";
    agent duck: bot { node own: loud; }
};

mod base {
    use super::*;
    pub static BASE: Ecosystem = ecosystem! {
        paths unchecked;
        template bot { node talk; }
        template loud: bot { autorestart false; }
    };
}

static USER: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    template own: loud { max_restarts 3; }
    python mcp: loud "services/mcp";
    python tts: own "services/tts";
};

fn main() {}
