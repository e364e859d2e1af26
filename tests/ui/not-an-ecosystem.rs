use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    use use base::BASE;
    use base.BASE;
    use base::BASE as CONVENTIONS;
    use base::{BASE, OTHER};
    use base::BASE.discord;
    include infra::INFRA.mongodb;
    include infra::INFRA::mongodb;
    include infra::INFRA, tts::TTS;
    include "services/tts.rs";
    include infra/INFRA;
    include infra::INFRA();
};

fn main() {}
