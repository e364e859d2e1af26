//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // In PM2 its name has a hyphen after that of the agent. So it is in duck_talk, duck_listen,
    // owl_talk and owl_listen.

    name agents_with_hyphens;

    template agent_services {
        env { AGENT_NAME; }
        node talk { entry "talk.js"; }
        node listen { entry "listen.js"; }
    }

    agent duck: agent_services {
        env { AGENT_NAME = "duck"; }
    }

    agent owl: agent_services {
        env { AGENT_NAME = "owl"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
