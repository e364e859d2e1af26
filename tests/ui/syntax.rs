use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    python tts "services/tts" = 3;
    node "a" "b" "c";
    depends_on chroma;
    = 3;
    script chroma { run "chroma", ; }
};

fn main() {}
