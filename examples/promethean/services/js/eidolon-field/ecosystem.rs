use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::{base, infra};

pub static ECOSYSTEM: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    node eidolon-field "services/js/eidolon-field" {
        watch ".";
        depends_on infra::INFRA.mongodb;
        profile demo {
            unset depends_on;
            depends_on infra::INFRA.mongodb-stand-in;
            env { DEMO_STORE = address infra::INFRA.mongodb-stand-in; }
        }
    }
};
