//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name watch_options;

    node dev {
        // watch_options.awaitWriteFinish is omitted: the language cannot express an object.
        entry "src/index.js";
        watch "src", "config/*.json";
        ignore_watch "node_modules", "public/uploads", "\\.git", "*.log";
        watch_delay 1s;
        watch_options {
            followSymlinks false;
            usePolling true;
            interval 1500;
        }
    }

    node pattern {
        // ignore_watch is omitted: /node_modules/ is a regular expression, but a glob is needed.
        entry "a.js";
        watch true;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
