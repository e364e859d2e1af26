use promethean::{Ecosystem, ecosystem};

mod base {
    use super::*;
    pub static BASE: Ecosystem = ecosystem! {
        paths unchecked;
        template bot {
            script pump { run "pump"; }
            script sink { run "sink"; depends_on pump; }
            script tank { run "tank"; depends_on pump, sink; }
            python voice { module app; }
            node ears { entry "ears.js"; }
        }
    };
}

static SERVICE_OF_THE_TEMPLATE: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { script pump { run "other"; } node voice; }
    node crow_ears;
    agent crow: bot {}
};

static WITHOUT_WHAT_OTHERS_NEED: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { without pump; }
    agent crow: bot { without pump; without sink; without tank; }
    agent rook: bot { without sink; override tank { unset depends_on; } }
};

static OF_ANOTHER_KIND: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot {
        override voice { entry "voice.js"; runner npm; }
        override ears { module ears; runner uv; }
        override pump { module pump; }
        override sink { profile dev { entry "sink.js"; } }
    }
};

static ITSELF: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { override voice { depends_on voice; } override ears { depends_on duck; } }
};

static CYCLE: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { override pump { depends_on tank; } }
};

static CYCLE_THROUGH_A_SERVICE: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { override pump { depends_on web; } }
    node web { depends_on duck.sink; }
};

static CYCLE_OF_AN_OWN_SERVICE: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { node own { depends_on sink; } override pump { depends_on own; } }
};

fn main() {}
