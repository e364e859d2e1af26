//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // namespace is omitted: an agent `shop` would give the app another name. So it is in a and b.

    name namespace_that_is_no_prefix;

    defaults {
        entry "{name}.js";
    }

    node a;
    node b;
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
