use promethean::{Ecosystem, ecosystem};

pub static INFRA: Ecosystem = ecosystem! {
    external mongodb {
        ready tcp "127.0.0.1:27017";
        hint "Run mongod.";
    }
};
