use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external mongodb;
    agent duck {
        node cephalon { depends_on embeder; }
        node embedder;
    }
    node web { depends_on mongdb, duck.cephalom, owl.voice; }
    node Api;
    node other { depends_on Api; }
};

fn main() {}
