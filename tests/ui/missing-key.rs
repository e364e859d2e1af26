use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    env discord {
        DISCORD_TOKEN = secret;
        DEFAULT_CHANNEL;
        AUTHOR = "Error";
    }
    template discord_agent {
        env { ..discord; AGENT_NAME; }
        node cephalon;
        node voice;
    }
    agent duck: discord_agent { env { AGENT_NAME = "Duck"; } }
    agent owl: discord_agent {
        env { AGENT_NAME = "Owl"; unset DEFAULT_CHANNEL; }
    }
};

fn main() {}
