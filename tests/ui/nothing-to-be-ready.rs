use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    external mongodb;
    node web { depends_on mongodb (ready); }
    node api { depends_on web (ready); }
    agent duck { node voice; node ears { ready tcp "127.0.0.1:1"; } }
    node bot { depends_on duck (ready), duck.voice (ready); }
};

fn main() {}
