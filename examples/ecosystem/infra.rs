//! What every agent needs and this system does not start.

use promethean::{Ecosystem, ecosystem};

pub static INFRA: Ecosystem = ecosystem! {
    /// Messages, embeddings and agent state.
    external mongodb {
        ready tcp "127.0.0.1:27017";
        hint "Install MongoDB, then run: mongod --dbpath data/mongodb";
    }
};
