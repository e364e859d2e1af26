//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name lines_for_bash;

    node web {
        runner npm;
        run "start";
    }

    script worker { run "dotnet", "run"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
