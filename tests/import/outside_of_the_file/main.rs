//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name outside_of_the_file;
    root "..";

    node front "front" {
        entry "server.js";
        env { ASSETS = "{root}/assets"; }
    }

    node back "back" {
        entry "./src/main.js";
        args "--config", "{root}/back/config.json";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
