//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name names_used_twice;

    node web {
        // namespace is omitted: an agent `blue` would give the app another name.
        entry "web.js";
    }

    node web-2 {
        // Its name was `web`.
        // namespace is omitted: an agent `green` would give the app another name.
        entry "web.js";
    }

    node all-apps {
        // Its name was `all`.
        entry "all.js";
    }

    node app-7 {
        // Its name was `7`.
        entry "seven.js";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
