use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

pub static STT: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    python stt "services/py/stt";
};
