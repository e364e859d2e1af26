//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name defaults_in_texts;

    node web {
        runner bun;
        entry "index.ts";
        env {
            PATH = "{inherit HOME}/.bun/bin:{inherit PATH}";
            URL = "http://{inherit HOST}:8080" or "http://localhost:8080";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
