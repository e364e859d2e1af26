use promethean::{Ecosystem, ecosystem};

pub static ECOSYSTEM: Ecosystem = ecosystem! {
    node hub "services/hub" {
        entry "index.js";
        listen http auto;
        ready http "/";
    }
};
