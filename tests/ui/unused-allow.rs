use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    script a { run "a"; port 8000; allow port-conflict "only one of them runs"; }
    script b { run "b"; port 8000; allow port-conflict "only one of them runs"; }
    script c { run "c"; allow port-conflict "it has no port"; }
    agent duck { allow command-line "nothing has spaces"; script voice { run "voice"; } }
    script d { run "d"; allow missing-directory "of another machine"; }
};

fn main() {}
