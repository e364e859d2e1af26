//! The system of `ecosystem.config.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Everything of the shop.

    name comments_of_yaml;

    defaults {
        entry "{name}.js";
    }

    // Reached over the tunnel only.
    // the entry
    node a {
        // drains the queue
        kill_timeout 30s;
        // deliberately not proxied
        listen 1;
    }

    node b;
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
