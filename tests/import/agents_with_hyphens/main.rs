//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name agents_with_hyphens;

    template agent_services {
        env { AGENT_NAME; }
        node talk {
            // PM2 called it `duck-talk`; in the agent it is `duck_talk`.
            // PM2 called it `owl-talk`; in the agent it is `owl_talk`.
            entry "talk.js";
        }
        node listen {
            // PM2 called it `duck-listen`; in the agent it is `duck_listen`.
            // PM2 called it `owl-listen`; in the agent it is `owl_listen`.
            entry "listen.js";
        }
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
