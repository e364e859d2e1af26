//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name arguments_with_quotes;

    defaults {
        entry "{name}.js";
    }

    node report {
        args "--title", "Two words", "--filter=\"a b\"", "--json", "{{\"a\":1}}";
        node_args "--inspect=0.0.0.0:9229", "--trace-warnings";
        ignore_watch "logs", "tmp", "*.log";
    }

    node list { args "--n", "3", "two words", "true"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
