//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name names_that_cannot_be;

    node all-apps {
        // Its name was `all`.
        entry "a.js";
    }

    node app-3000 {
        // Its name was `3000`.
        entry "b.js";
    }

    node twice { entry "c.js"; }

    node twice-2 {
        // Its name was `twice`.
        entry "d.js";
    }

    node "Payments (EU)" { entry "e.js"; }

    node a-b {
        // Its name was `a,b`.
        entry "f.js";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
