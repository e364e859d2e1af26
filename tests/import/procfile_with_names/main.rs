//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // TOKEN: …
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_with_names;

    node web-api {
        entry "api.js";
        listen 5000;
    }

    node web_admin {
        entry "admin.js";
        listen 5100;
    }

    node all-apps {
        // Its name was `all`.
        entry "all.js";
        listen 5200;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
