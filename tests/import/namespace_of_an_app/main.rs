//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // namespace is omitted: `shop` is also an app, and PM2's commands act on the app. So it is in
    // shop and cart.

    name namespace_of_an_app;

    node shop { entry "{name}.js"; }
    node cart { entry "{name}.js"; }

    node api {
        // namespace is omitted: PM2's commands take `all` for something else.
        entry "{name}.js";
    }

    agent duck {
        node voice { entry "voice.js"; }
        node duck {
            // PM2 called it `duck`; in the agent it is `duck_duck`.
            entry "duck.js";
        }
    }

    node nest {
        entry "{name}.js";
        namespace duck;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
