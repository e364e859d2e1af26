//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name agents_of_one_template;

    defaults {
        restart_delay 5s;
        env { LANGUAGE = "en"; }
    }

    template agent_services {
        env {
            AGENT;
            CHANNEL;
        }
        node talk "services/talk";
        node listen "services/listen";
        node remember "services/remember";
    }

    agent duck: agent_services {
        env {
            AGENT = "Duck";
            CHANNEL = "450688080542695436";
        }
    }

    agent owl: agent_services {
        env {
            AGENT = "Owl";
            CHANNEL = "450688080542695437";
        }
        override talk { env { VOICE = "deep"; } }
    }

    script vectors {
        unset restart_delay;
        unset env;
        run "./vectors.sh";
        interpreter bash;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
