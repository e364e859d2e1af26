use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    servce web;
    service api "services/api";
    ruby worker "services/worker";
};

fn main() {}
