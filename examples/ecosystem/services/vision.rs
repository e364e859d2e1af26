use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

pub static VISION: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    node vision "services/js/vision";
};
