//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // The original depends on `NODE_ENV` of the environment. This is its result when nothing is
    // set.

    name reads_of_the_environment;

    node api-eu {
        // Its name was built from environment variables.
        // `instances` came from `WEB_CONCURRENCY` of the environment; unset, it is 2.
        // max_memory_restart is omitted: it came from `MEMORY` of the environment, and only `env`
        // can use that.
        // `SESSION_SECRET` has a default in the original. Here `SESSION_SECRET` must be set.
        // `watch` is computed from the environment in the original. Imported is its value when
        // nothing is set.
        entry "server.js";
        instances 2;
        watch true;
        env {
            DATABASE_URL = secret;
            REGION = inherit or "eu";
            REDIS = "redis://{secret REDIS_HOST}:6379";
            API_KEY = secret;
            PORT = inherit or 3000;
            SESSION_SECRET = secret;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
