use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    root "../../../../tests/ui/tree";
    python tts "services/tts";
    python other "services/tts" { module app; }
};

fn main() {}
