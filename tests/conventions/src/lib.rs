//! What several of an owner's crates share: ecosystems for the tests over crates.

use promethean::{Ecosystem, ecosystem};

/// Conventions, to be used.
pub static CONVENTIONS: Ecosystem = ecosystem! {
    paths unchecked;
    defaults { restart_delay 10s; env { PYTHONPATH = "{root}"; } }
    env discord { DISCORD_TOKEN = secret; CHANNEL; }
    template bot {
        depends_on INFRA.mongodb;
        env { ..discord; }
        node cephalon "services/cephalon";
        node voice "services/voice" { depends_on cephalon; }
    }
};

/// What every system needs, to be included or depended on.
pub static INFRA: Ecosystem = ecosystem! {
    name infra;
    paths unchecked;
    external mongodb { ready tcp "127.0.0.1:27017"; }
    script chromadb { run "chroma"; port 8000; }
};
