//! Promethean's system on two machines: Duck runs where an NPU is, the rest on either.

/// The files of the example `promethean`, but for its agents.
mod ecosystem {
    pub mod base;
    pub mod discord;
    pub mod infra;
}

use ecosystem::{base, discord};
use promethean::{Ecosystem, ecosystem};

static PROMETHEAN: Ecosystem = ecosystem! {
    name promethean;
    root "examples/promethean";
    use base::BASE;
    use discord::DISCORD;

    machine stealth "stealth.lan" { root "/srv/promethean"; has gpu; }
    machine pi "pi.lan" { root "/srv/promethean"; has npu; }

    /// The first agent: reads, remembers and talks.
    agent duck: discord_agent {
        on npu;
        secrets "agents/duck/.tokens";
        env {
            DISCORD_CLIENT_USER_ID = "449279570445729793";
            DEFAULT_CHANNEL = "450688080542695436";
            DEFAULT_CHANNEL_NAME = "duck-bots";
            DISCORD_CLIENT_USER_NAME = "Duck";
            AGENT_NAME = "Duck";
        }
    }

    include each "examples/promethean/services/*/*/ecosystem.rs";
};

fn main() -> std::process::ExitCode {
    promethean::main(&PROMETHEAN)
}
