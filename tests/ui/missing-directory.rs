use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    root "../../../../tests/ui/tree";
    node a "servces/web";
    node b "services/api/../nowhere";
    agent duck { node voice "services/wbe"; }
    node d "services/later" { allow missing-directory "checked out by the installer"; }
};

fn main() {}
