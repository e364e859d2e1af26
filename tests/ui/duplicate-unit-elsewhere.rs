use promethean::{Ecosystem, ecosystem};

mod infra {
    use super::*;
    pub static ONE: Ecosystem = ecosystem! { name one; paths unchecked; node web; agent duck { node voice; } };
    pub static TWO: Ecosystem = ecosystem! { name two; paths unchecked; node web; external mongodb; node other { depends_on mongodb; } };
    pub static THREE: Ecosystem = ecosystem! { name three; paths unchecked; external mongodb; };
    pub static BOTH: Ecosystem = ecosystem! { name both; include ONE; };
}

static INCLUDED: Ecosystem = ecosystem! {
    paths unchecked;
    include infra::ONE;
    include infra::BOTH;
    include infra::TWO;
};

static DEPENDED: Ecosystem = ecosystem! {
    paths unchecked;
    node other { depends_on infra::THREE.mongodb; }
    node bot { depends_on infra::TWO.other; }
};

static PREFIXED: Ecosystem = ecosystem! {
    paths unchecked;
    include infra::ONE;
    node duck_voice;
};

static DIAMOND: Ecosystem = ecosystem! {
    include infra::ONE;
    include infra::BOTH;
};

fn main() {}
