use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::{base, discord};

pub static DUCK: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    use discord::DISCORD;

    /// The first agent: reads, remembers and talks.
    agent duck: discord_agent {
        secrets "agents/duck/.tokens";
        env {
            DISCORD_CLIENT_USER_ID = "449279570445729793";
            DEFAULT_CHANNEL = "450688080542695436";
            DEFAULT_CHANNEL_NAME = "duck-bots";
            DISCORD_CLIENT_USER_NAME = "Duck";
            AGENT_NAME = "Duck";
        }
        override attachment_indexer {
            env { DEESKTOP_CAPTURE_CHANNEL_ID = "1401730790467047586"; }
        }
        override attachment_embedder {
            env { DEESKTOP_CAPTURE_CHANNEL_ID = "1401730790467047586"; }
        }
    }
};
