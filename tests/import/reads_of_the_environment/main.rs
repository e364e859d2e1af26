//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name reads_of_the_environment;

    node api-eu {
        // The original builds its name from `REGION`.
        // max_memory_restart is omitted: it came from `MEMORY` of the environment, and only `env`
        // can use that.
        // PM2 starts it when `REDIS_HOST` and `SESSION_SECRET` are not set. Here `REDIS_HOST` and
        // `SESSION_SECRET` must be set.
        entry "server.js";
        // The original takes it from `WEB_CONCURRENCY`; 2 is its value when that is not set.
        instances 2;
        // The original computes it from `NODE_ENV`; this is its value when `NODE_ENV` is not set.
        watch true;
        env {
            DATABASE_URL = secret or unset;
            REGION = inherit or "eu";
            REDIS = "redis://{inherit REDIS_HOST}:6379";
            API_KEY = secret or unset;
            PORT = inherit or 3000;
            SESSION_SECRET = secret;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
