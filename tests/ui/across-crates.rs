use promethean::{Ecosystem, ecosystem};
use promethean_test_conventions::{CONVENTIONS, INFRA};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    use CONVENTIONS;
    agent duck: bott {}
    agent owl: bot {}
    agent crow: bot { env { CHANNEL = 1; } without vioce; }
    node web { port 8000; depends_on INFRA.mongdb; }
};

static TWICE: Ecosystem = ecosystem! {
    paths unchecked;
    include INFRA;
    node chromadb;
};

static PORT: Ecosystem = ecosystem! {
    paths unchecked;
    include promethean_test_conventions::INFRA;
    node web { port 8000; }
};

fn main() {}
