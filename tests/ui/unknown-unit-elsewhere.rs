use promethean::{Ecosystem, ecosystem};

mod infra {
    use super::*;
    pub static INFRA: Ecosystem = ecosystem! {
        name infra;
        paths unchecked;
        external mongodb { ready tcp "127.0.0.1:27017"; }
        external printer;
        script migrate { run "migrate"; autorestart false; }
        script web { run "web"; port 8000; }
        agent duck { node voice; }
    };
    pub static ALL: Ecosystem = ecosystem! { include INFRA; };
}

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { depends_on infra::INFRA.mongdb, infra::INFRA.duck.vioce, infra::ALL.mongobd; }
    node b { depends_on infra::INFRA.redis; }
    node d { depends_on infra::INFRA.duck_voice, infra::INFRA.voice, infra::ALL.Duck; }
    node c { depends_on infra::INFRA.mongodb, infra::ALL.duck, infra::ALL.duck.voice, infra::INFRA; }
};

fn main() {}
