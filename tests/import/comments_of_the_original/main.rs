//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Everything of the shop. Ask Ada before you change ports.
    // { name: "gone", script: "gone.js" },

    name comments_of_the_original;

    // Reached over the tunnel only: keep it off the proxy.
    node a {
        entry "{name}.js";
        // drains the queue
        kill_timeout 30s;
        // deliberately not proxied
        // TOKEN: … was here
        listen 1;
        env { HOST = "h"; }
    }

    // the old one
    node b { entry "{name}.js"; }

    // Workers never listen outside.
    // the fast one
    node c {
        entry "worker.js";
        listen 4000;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
