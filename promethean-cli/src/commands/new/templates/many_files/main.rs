use promethean::{Ecosystem, ecosystem};

// Other files refer to the hub, so its file has a name in the crate.
#[path = "../services/hub/ecosystem.rs"]
mod hub;

static SYSTEM: Ecosystem = ecosystem! {
    name my-system;

    // `promethean new --service services/NAME` adds one.
    include each "services/*/ecosystem.rs";
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
