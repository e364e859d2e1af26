use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    root "../../../../tests/ui/tree";
    node web "servces/web";
    node api "services/api" { watch "srcc"; }
    python tts "services/tts";
    script db "services/db" { run "./run.sh"; }
    node later "services/later" { allow missing-directory "checked out by the installer"; }
};

fn main() {}
