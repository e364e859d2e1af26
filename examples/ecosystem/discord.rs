//! What a Discord agent is made of.

use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::{base, infra};

pub static DISCORD: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;

    /// Vectors, shared by all agents.
    script chromadb "agents/duck" {
        run "./scripts/run_chroma.sh";
    }

    env discord {
        DISCORD_TOKEN = secret;
        DISCORD_CLIENT_USER_ID;
        DEFAULT_CHANNEL;
        DEFAULT_CHANNEL_NAME;
        AUTHOR_USER_NAME = "Error";
        DISCORD_CLIENT_USER_NAME;
        AGENT_NAME;
    }

    template discord_agent {
        depends_on infra::INFRA.mongodb, chromadb;
        env { ..discord; }
        profile demo {
            unset depends_on;
            depends_on infra::INFRA.mongodb-stand-in, chromadb;
            env { DEMO_STORE = address infra::INFRA.mongodb-stand-in; }
        }
        python discord_indexer "services/py/discord_indexer" {
            env_file ".env";
            env { PYTHONUTF8 = 1; }
        }
        node cephalon "services/ts/cephalon";
        node embedder "services/ts/discord-embedder";
        node voice "services/ts/voice";
        python attachment_indexer "services/py/discord_attachment_indexer" { watch "."; }
        python attachment_embedder "services/py/discord_attachment_embedder" { watch "."; }
    }
};
