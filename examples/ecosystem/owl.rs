use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::{base, discord};

pub static OWL: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    use discord::DISCORD;

    /// The second agent: the same services, its own channel and token, and no voice.
    agent owl: discord_agent {
        only_profile flock;
        secrets "agents/owl/.tokens";
        env {
            DISCORD_CLIENT_USER_ID = "449279570445729794";
            DEFAULT_CHANNEL = "450688080542695437";
            DEFAULT_CHANNEL_NAME = "owl-bots";
            DISCORD_CLIENT_USER_NAME = "Owl";
            AGENT_NAME = "Owl";
        }
        without voice;
    }
};
