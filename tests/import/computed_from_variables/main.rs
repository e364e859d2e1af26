//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // The original depends on `ADDRESS` and `WORD` and `API_URL` of the environment. This is its
    // result when nothing is set.

    name computed_from_variables;

    defaults {
        entry "index.js";
    }

    node api {
        // `URL` has a default in the original. Here `NAME` must be set.
        // `watch` is computed from the environment in the original. Imported is its value when
        // nothing is set.
        // `env.WS_PORT` is computed from `PORT` of the environment in the original. Imported is its
        // value when nothing is set.
        // `env.HOST` is computed from `ADDRESS` of the environment in the original. Imported is its
        // value when nothing is set.
        // `env.API_BASE` has another fallback in the original, which depends on the environment. It
        // is not imported.
        // `env.LOUD` is computed from `WORD` of the environment in the original. It is left out
        // here: it has no value when nothing is set.
        watch true;
        env {
            PORT = inherit or 3000;
            WS_PORT = 3001;
            HOST = "localhost";
            NODE_ENV = inherit or "development";
            API_BASE = inherit or "http://127.0.0.1:7777";
            URL = "http://{secret NAME}:8080";
        }
    }

    node web {
        // `env.PORT` is computed from `PORT` of the environment in the original. Imported is its
        // value when nothing is set.
        env {
            PORT = 3002;
            REGION = inherit or "eu";
            ZONE = inherit or "a";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
