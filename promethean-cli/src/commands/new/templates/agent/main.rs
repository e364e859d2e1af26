use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name my-system;

    /// What an agent consists of. A second agent is one more block `agent NAME: talker { … }`.
    template talker {
        env { AGENT_NAME; }

        /// Hears what is said: `curl` its URL, which `cargo run -- status` shows.
        node ears "services/ears" {
            entry "index.js";
            listen http auto;
            ready http "/health";
        }

        /// Says what the ears have heard.
        node voice "services/voice" {
            entry "index.js";
            depends_on ears;
            env { EARS = url ears "/heard"; }
        }
    }

    agent duck: talker {
        env {
            AGENT_NAME = "Duck";
            // From the environment; `secrets ".tokens";` in the agent reads a file, too.
            TOKEN = secret or "none yet";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
