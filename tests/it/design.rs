//! The language as its design first wrote it down: one file for everything, another for what every
//! file shares, one for each service.

mod ports {
    pub const HEARTBEAT: u16 = 5005;
}

mod base {
    use promethean::{Ecosystem, ecosystem};

    use super::ports;

    pub static BASE: Ecosystem = ecosystem! {
        defaults {
            exec_mode fork;
            instances 1;
            autorestart true;
            merge_logs true;
            restart_delay 10s;
            kill_timeout 10s;
            out_file "./logs/{name}-out.log";
            error_file "./logs/{name}-err.log";
            env {
                PM2_PROCESS_NAME = "{name}";
                HEARTBEAT_PORT = (ports::HEARTBEAT);
                PYTHONUNBUFFERED = 1;
                PYTHONPATH = "{root}";
                CHECK_INTERVAL = 300_000;
                HEARTBEAT_TIMEOUT = 600_000;
            }
        }
    };
}

mod infra {
    use promethean::{Ecosystem, ecosystem};

    pub static INFRA: Ecosystem = ecosystem! {
        /// Messages, embeddings and agent state.
        external mongodb {
            ready tcp "127.0.0.1:27017";
            hint "Install MongoDB, then run: mongod --dbpath data/mongodb";
        }
    };
}

mod services {
    use promethean::{Ecosystem, ecosystem};

    use super::{base, infra};

    pub static EMBEDDING_SERVICE: Ecosystem = ecosystem! {
        root "../examples/promethean";
        use base::BASE;
        python embedding_service "services/py/embedding_service";
    };

    pub static EIDOLON_FIELD: Ecosystem = ecosystem! {
        root "../examples/promethean";
        use base::BASE;
        node eidolon-field "services/js/eidolon-field" {
            watch ".";
            depends_on infra::INFRA.mongodb;
        }
    };
}

use base::BASE;
use promethean::{Ecosystem, Options, ecosystem};

static PROMETHEAN: Ecosystem = ecosystem! {
    name promethean;
    root "../examples/promethean";
    use base::BASE;

    script chromadb "agents/duck" {
        run "./scripts/run_chroma.sh";
    }

    env discord {
        DISCORD_TOKEN = secret;
        DISCORD_CLIENT_USER_ID;          // no value: whoever uses this set must give one
        DEFAULT_CHANNEL;
        DEFAULT_CHANNEL_NAME;
        AUTHOR_USER_NAME = "Error";
        DISCORD_CLIENT_USER_NAME;
        AGENT_NAME;
    }

    template discord_agent {
        depends_on infra::INFRA.mongodb, chromadb;
        env { ..discord; }
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
        override attachment_indexer { env { DEESKTOP_CAPTURE_CHANNEL_ID = "1401730790467047586"; } }
        override attachment_embedder { env { DEESKTOP_CAPTURE_CHANNEL_ID = "1401730790467047586"; } }
    }

    include services::EMBEDDING_SERVICE;
    include services::EIDOLON_FIELD;
};

#[test]
fn the_sketch_compiles_and_resolves() {
    let system = PROMETHEAN.resolve(&Options::default()).unwrap();
    let names: Vec<&str> = system.apps.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "chromadb",
            "duck_discord_indexer",
            "duck_cephalon",
            "duck_embedder",
            "duck_voice",
            "duck_attachment_indexer",
            "duck_attachment_embedder",
            "embedding_service",
            "eidolon-field"
        ]
    );
    let conditions: Vec<String> = system.apps[1]
        .depends_on
        .iter()
        .map(|dependency| format!("{} {}", dependency.on, dependency.condition.word()))
        .collect();
    assert_eq!(conditions, ["mongodb ready", "chromadb started"]);
    assert_eq!(BASE.declaration().units, []);
}
