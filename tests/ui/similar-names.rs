use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node web;
    node Web;
    agent duck { node voice; }
    node duck-voice;
    agent Duck { node voice; }
    node my_bot;
    node my-bot { allow similar-names "both have log files of their own"; }
};

fn main() {}
