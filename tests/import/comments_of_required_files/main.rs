//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // The chat system.
    // From `lib/service.js`:
    // What every service has.

    name comments_of_required_files;

    defaults {
        env {
            // days; the law says so
            KEEP = 30;
        }
    }

    node chat-web {
        entry "./server.js";
        // it drains its queue first
        kill_timeout 30s;
        // behind the proxy
        listen 3000;
        env {
            // the one with the large disk
            STORE_HOST = "store.lan";
            // never debug: it prints names
            LEVEL = "info";
        }
    }

    // talks to people
    node chat-bot {
        entry "./server.js";
        kill_timeout 30s;
        listen 3001;
        env {
            STORE_HOST = "store.lan";
            LEVEL = "info";
            TOKEN = secret "BOT_TOKEN" or unset;
        }
    }

    // deliberately without the shared environment
    node cleaner { entry "./cleaner.js"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
