//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name names_used_twice;

    node web {
        entry "web.js";
        namespace blue;
    }

    node web-2 {
        // Its name was `web`.
        entry "web.js";
        namespace green;
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
