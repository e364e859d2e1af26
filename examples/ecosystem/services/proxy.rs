use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

pub static PROXY: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    node proxy "services/js/proxy";
};
