//! What the services of these tests share.

use promethean::{Ecosystem, ecosystem};

pub static CONVENTIONS: Ecosystem = ecosystem! {
    defaults {
        env {
            NAME = "{name}";
            STAMPS = "{root}/stamps";
        }
    }
};
