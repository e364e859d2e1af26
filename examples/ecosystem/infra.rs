//! What every agent needs and this system does not start.

use promethean::{Ecosystem, ecosystem};

/// Where `MongoDB` listens: what `MONGODB` in the environment says, or where it is by default.
fn mongodb() -> String {
    std::env::var("MONGODB").unwrap_or_else(|_| "127.0.0.1:27017".to_owned())
}

pub static INFRA: Ecosystem = ecosystem! {
    /// Messages, embeddings and agent state.
    external mongodb {
        ready tcp (mongodb());
        hint "Install MongoDB, then run: mongod --dbpath data/mongodb";
    }
};
