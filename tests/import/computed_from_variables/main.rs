//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name computed_from_variables;

    defaults {
        entry "index.js";
    }

    node api {
        // env.LOUD is omitted: the original computes it from `WORD`; it has no value when `WORD` is
        // not set.
        // The original computes it from `NODE_ENV`; this is its value when `NODE_ENV` is not set.
        watch true;
        env {
            PORT = inherit or 3000;
            // The original computes it from `PORT`; this is its value when `PORT` is not set.
            WS_PORT = 3001;
            // The original computes it from `ADDRESS`; this is its value when `ADDRESS` is not set.
            HOST = "localhost";
            NODE_ENV = inherit or "development";
            API_BASE = inherit or inherit "API_URL" or "http://127.0.0.1:7777";
            URL = "http://{inherit NAME}:8080" or "http://localhost:8080";
        }
    }

    node web {
        env {
            // The original computes it from `PORT`; this is its value when `PORT` is not set.
            PORT = 3002;
            REGION = inherit or "eu";
            ZONE = inherit or "a";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
