//! The database that every agent needs and this system does not start, and a stand-in for it.

use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

/// Where `MongoDB` listens: what `MONGODB` in the environment says, or where it is by default.
fn mongodb() -> String {
    std::env::var("MONGODB").unwrap_or_else(|_| "127.0.0.1:27017".to_owned())
}

pub static INFRA: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;

    /// Messages, embeddings and agent state.
    external mongodb {
        ready tcp (mongodb());
        hint "Install MongoDB, then run: mongod --dbpath data/mongodb";
    }

    /// Takes documents as MongoDB does, where there is none.
    node mongodb-stand-in "stand-ins/mongodb" {
        only_profile demo;
        listen auto;
        ready tcp;
    }
};
