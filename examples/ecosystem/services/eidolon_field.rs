use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::{base, infra};

pub static EIDOLON_FIELD: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    node eidolon-field "services/js/eidolon-field" {
        watch ".";
        depends_on infra::INFRA.mongodb;
    }
};
