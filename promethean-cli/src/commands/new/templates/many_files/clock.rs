use crate::hub;
use promethean::{Ecosystem, ecosystem};

pub static ECOSYSTEM: Ecosystem = ecosystem! {
    node clock "services/clock" {
        entry "index.js";
        depends_on hub::ECOSYSTEM.hub;
        env { HUB = url hub::ECOSYSTEM.hub "/{name}"; }
    }
};
