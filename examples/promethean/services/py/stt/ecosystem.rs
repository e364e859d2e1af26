use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

pub static ECOSYSTEM: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    python stt "services/py/stt";
};
