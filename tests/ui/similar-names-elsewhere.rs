use promethean::{Ecosystem, ecosystem};

mod infra {
    use super::*;
    pub static INFRA: Ecosystem = ecosystem! {
        name infra;
        paths unchecked;
        node web;
        node my_api;
        agent duck { node voice; }
        node ui { allow similar-names "two of them"; }
    };
}

static INCLUDED: Ecosystem = ecosystem! {
    paths unchecked;
    include infra::INFRA;
    node Web;
};

static DEPENDED_ON: Ecosystem = ecosystem! {
    paths unchecked;
    node my-api { depends_on infra::INFRA.my_api; }
};

static OF_AN_AGENT: Ecosystem = ecosystem! {
    paths unchecked;
    node duck-voice { depends_on infra::INFRA.duck.voice; }
};

static ALLOWED: Ecosystem = ecosystem! {
    paths unchecked;
    include infra::INFRA;
    node UI;
};

fn main() {}
