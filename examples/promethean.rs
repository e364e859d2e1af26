//! Promethean's whole system: an agent on Discord, the services beside it, the database it needs.
//! The profile `flock` adds a second agent; `demo` needs neither `MongoDB` nor pipenv.

mod ecosystem;

use ecosystem::{duck, owl};
use promethean::{Ecosystem, ecosystem};

static PROMETHEAN: Ecosystem = ecosystem! {
    name promethean;
    root "examples/promethean";

    include duck::DUCK;
    include owl::OWL;

    include each "examples/promethean/services/*/*/ecosystem.rs";
};

fn main() -> std::process::ExitCode {
    promethean::main(&PROMETHEAN)
}
