use crate::hub;
use promethean::{Ecosystem, ecosystem};

pub static ECOSYSTEM: Ecosystem = ecosystem! {
    paths unchecked;

    node clock "services/clock" {
        depends_on hub::ECOSYSTEM.hub;
        restart_delay 3s;
        env { HUB = url hub::ECOSYSTEM.hub "/register"; }
    }
    node alarm "services/alarm" { depends_on clock; }
};
