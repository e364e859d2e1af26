//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    node dev {
        // watch_options.awaitWriteFinish is left out: the language has no place for an object.
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
        // ignore_watch is left out: /node_modules/ is a regular expression, and what is written is
        // a glob.
        entry "a.js";
        watch true;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
