mod base;
#[cfg(rust_analyzer)]
#[path = "../services/clock/ecosystem.rs"]
mod clock;
#[path = "../services/hub/ecosystem.rs"]
mod hub;
mod infra;

use promethean::{Ecosystem, ecosystem};

mod ports {
    pub const WEB: u16 = 8080;
}

fn before() -> &'static Ecosystem {
    &SYSTEM
}

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    use base::BASE;

    env discord { CHANNEL; }

    /// Where the vectors are.
    script chromadb "services/chromadb" {
        run "./run.sh";
    }

    script eidolon-field "services/eidolon-field" {
        run "./run.sh";
    }

    template talker {
        depends_on chromadb, infra::INFRA.mongodb;
        env { ..discord; }
        node cephalon "services/cephalon" {
            restart_delay 10s;
            out "./logs/{name}.log";
        }
        python indexer "services/indexer" {
            runner uv;
            depends_on cephalon;
        }
        node voice "services/voice";
    }

    /// Reads, remembers and talks.
    agent duck: talker {
        env { CHANNEL = "duck"; }
        without voice;
        override indexer { watch "."; }
        node tail "services/tail" { depends_on indexer; }
        node type "services/type" { depends_on tail; }
    }

    agent owl: listener {
        env { ..locale; }
        override memory { watch "."; }
    }

    node web "services/web" {
        port (ports::WEB);
        depends_on duck, duck.cephalon, duck.tail, duck.type, chromadb, eidolon-field, infra::INFRA.mongodb;
    }
};

/// Each in a file of its own, of which only the hub's has a name here.
static MANY: Ecosystem = ecosystem! {
    include each "services/*/ecosystem.rs";
};

fn main() -> std::process::ExitCode {
    let small = ecosystem! {
        paths unchecked;
        node first "services/first" {
            watch ".";
            instances 2;
        }
        node second "services/second" {
            depends_on first;
        }
    };
    let used = &small;
    println!("{} {}", used.title(), MANY.title());
    promethean::main(after())
}

fn after() -> &'static Ecosystem {
    before()
}
