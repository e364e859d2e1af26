//! The system of `Procfile`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Each `PORT` is the one that foreman gives.
    // when a process ends: foreman ends all of them; here it is started again, unless it has
    // `autorestart false;`.

    name procfile_of_node;

    // the site
    node web {
        entry "server.js";
        listen 5000;
    }

    // mails and invoices
    node worker {
        entry "worker.js";
        args "--queue", "mail";
        node_args "--max-old-space-size=460";
        listen 5100;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
