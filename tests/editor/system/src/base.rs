use promethean::{Ecosystem, ecosystem};

pub static BASE: Ecosystem = ecosystem! {
    paths unchecked;

    env locale { LANGUAGE = "en"; }

    template listener {
        node ears "services/ears";
        node memory "services/memory" { depends_on ears; }
    }
};
