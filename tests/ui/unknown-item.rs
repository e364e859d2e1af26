use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    monitor site;
    servce web;
    service api "services/api";
    ruby worker "services/worker";
};

fn main() {}
