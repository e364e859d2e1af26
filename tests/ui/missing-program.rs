use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    root "../../../../tests/ui/tree";
    script db "services/db" { run "./run.sh"; }
    script built "services/db" { run "./target/db"; allow missing-program "built by make"; }
};

fn main() {}
