//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // `a`, `b` and `c` do not exist here, so paths are unchecked. Remove `paths unchecked` when
    // they are there.

    name node_with_a_file;
    paths unchecked;

    defaults {
        entry "./server/index.js";
    }

    node a "a";
    node b "b";
    node c "c";
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
