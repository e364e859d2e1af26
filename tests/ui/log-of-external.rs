use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    external mongodb { ready log "listening on"; }
    external chroma { ready log r"\d+ collections" { timeout 5s; } }
};

fn main() {}
