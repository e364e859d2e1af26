use promethean::{Ecosystem, ecosystem};

mod infra {
    use super::*;
    pub static INFRA: Ecosystem = ecosystem! {
        paths unchecked;
        external mongodb;
        env discord { CHANNEL = 1; }
        template bot { script talk { run "talk"; } }
        agent duck { script voice { run "voice"; } }
    };
    pub static BASE: Ecosystem = ecosystem! { use INFRA; };
}

// What is unknown here is looked for in the ecosystems that this one refers to.
static INCLUDES: Ecosystem = ecosystem! {
    paths unchecked;
    include infra::INFRA;
    script a { run "a"; depends_on mongodb, duck.voice, duck_voice, voice, duck, redis; env { ..discord; } }
    agent owl: bot;
};

// `use` is not transitive.
static USES: Ecosystem = ecosystem! {
    paths unchecked;
    use infra::BASE;
    script a { run "a"; env { ..discord; } }
    agent owl: bot;
};

fn main() {}
