use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    machine stealth "stealth.lan";
    machine pi "192.168.1.20";
    script job { run "./job"; on stealth; autorestart false; }
    script voice { run "./voice"; on stealth; ready log "ready"; }
    script web { run "./web"; on pi; depends_on job (completed), voice; }
    script beside { run "./beside"; on stealth; depends_on job (completed), voice; }
};

fn main() {}
