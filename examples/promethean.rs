//! Promethean's whole system: an agent on Discord, the services beside it, the database it needs.
//! The profile `flock` adds a second agent.

mod ecosystem;

use ecosystem::{duck, owl, services};
use promethean::{Ecosystem, ecosystem};

static PROMETHEAN: Ecosystem = ecosystem! {
    name promethean;
    root "examples/promethean";

    include duck::DUCK;
    include owl::OWL;

    include services::EMBEDDING_SERVICE;
    include services::TTS;
    include services::STT;
    include services::FILE_WATCHER;
    include services::VISION;
    include services::LLM;
    include services::HEARTBEAT;
    include services::PROXY;
    include services::EIDOLON_FIELD;
    include services::MARKDOWN_GRAPH;
};

fn main() -> std::process::ExitCode {
    promethean::main(&PROMETHEAN)
}
