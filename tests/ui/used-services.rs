use promethean::{Ecosystem, ecosystem};

mod base {
    use super::*;
    pub static BASE: Ecosystem = ecosystem! {
        paths unchecked;
        template bot {
            script job { run "job"; }
            script once { run "once"; autorestart false; }
            node web { port 8000; ready tcp "127.0.0.1:8000"; }
            node dev { only_profile dev; }
            script after { run "after"; depends_on once (completed); }
        }
        template loose { script nothing; node npm { runner npm; } }
    };
    pub static ONCE: Ecosystem = ecosystem! { defaults { autorestart false; } };
    pub static INFRA: Ecosystem = ecosystem! {
        name infra;
        paths unchecked;
        use BASE;
        agent owl: bot { allow port-conflict "only one is started"; }
        node dev { only_profile dev, test; }
    };
}

static CONDITIONS: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { script own { run "own"; depends_on job (completed), once (ready); } }
    script a { run "a"; depends_on duck.job (completed), duck.web (ready); }
    script b { run "b"; depends_on duck.job (ready), duck.once (completed); }
};

static CONDITIONS_OF_THE_TEMPLATE: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { override once { autorestart true; } }
};

static CONDITIONS_BEHIND_A_FILE: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a"; depends_on base::INFRA.owl.job (completed); }
    script b { run "b"; depends_on base::INFRA.owl.once (completed); }
};

static COMPLETED_BY_DEFAULT: Ecosystem = ecosystem! {
    paths unchecked;
    use base::ONCE;
    script job { run "job"; }
    script restarted { run "restarted"; autorestart true; }
    script web { run "web"; depends_on job (completed), restarted (completed); }
};

static PROFILES: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot {}
    script a { run "a"; depends_on duck.dev; }
    script b { run "b"; only_profile dev; depends_on duck.dev; }
    script c { run "c"; depends_on base::INFRA.dev; }
    script d { run "d"; only_profile test; depends_on base::INFRA.dev; }
    script e { run "e"; only_profile other; depends_on base::INFRA.dev; }
};

static ONE_PORT: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot {}
    agent crow: bot {}
    agent rook: bot { override web { port 8001; } }
    agent lark: bot { without web; }
};

static NOTHING_TO_RUN: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: loose {}
    agent crow: loose { override nothing { run "some"; } override npm { run "dev"; } }
    script web;
};

static SIMILAR: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;
    agent duck: bot { without web; }
    node duck-job;
    include base::INFRA;
    node Owl_job;
};

fn main() {}
