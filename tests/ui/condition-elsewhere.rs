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
        script seed { run "seed"; autorestart false; autostart false; }
        agent duck { node voice; }
    };
    pub static ALL: Ecosystem = ecosystem! { include INFRA; };
}

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node a { depends_on infra::INFRA.printer (ready), infra::INFRA.mongodb (ready); }
    node b { depends_on infra::INFRA.web (completed), infra::INFRA.migrate (completed); }
    node c { depends_on infra::INFRA.mongodb (completed); }
    node d { depends_on infra::INFRA.seed (completed); }
};

fn main() {}
