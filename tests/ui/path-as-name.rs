use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    node "services/web" { restart_delay 5s; }
    script "./run.sh";
    agent duck { python "services/talk"; }
    node "@acme/api" "services/api";
    node "jobs/nightly" { allow path-as-name "the name of the app in PM2"; }
};

fn main() {}
