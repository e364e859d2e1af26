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

    node misspelt {
        // watch_options.usePollin is omitted: chokidar, the watcher, has no such option.
        // ignored is omitted: /tmp/ is a regular expression, but a glob is needed.
        // PM2 watches `lib`, which does not exist.
        entry "a.js";
        watch "lib";
        watch_options {
            usePolling true;
            followSymlinks false;
            interval 250;
            atomic 150;
            ignored "dist";
        }
        allow missing-watch "as in the original configuration";
    }

    node nothing {
        // watch_options.pollInterval is omitted: chokidar, the watcher, has no such option.
        // watch_options.awaitWriteFinish is omitted: `[1]` is not `true` or `false`.
        // watch_options is omitted: none of its options can be given.
        entry "a.js";
        watch true;
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
