use promethean::{Ecosystem, ecosystem};

use crate::ecosystem::base;

pub static TTS: Ecosystem = ecosystem! {
    root "examples/promethean";
    use base::BASE;
    python tts "services/py/tts";
};
