use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    template discord_agent { node cephalon; node voice; }
    env discord { TOKEN = secret; }
    agent duck: discord_agnt { env { ..dicord; } }
    agent owl: discord_agent {
        without voise;
        override cephalom { autorestart false; }
    }
};

fn main() {}
