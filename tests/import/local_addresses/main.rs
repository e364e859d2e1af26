//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // `admin`, `blue`, `docs`, `gateway`, `models` and 2 more do not exist here, so paths are
    // unchecked. Remove `paths unchecked` when they are there.

    name local_addresses;
    paths unchecked;

    node gateway "gateway" {
        // `search` listens on `localhost:3002`.
        entry "./index.js";
        listen http "localhost:8080";
        env {
            PUBLIC_URL = "{url}";
            // Where the models are
            MODELS_URL = url models "/v1";
            BACKENDS = "{url models},{url search}";
            SEARCH = address search;
            // The name of a queue, and no address.
            QUEUE = "http://localhost:3002x/first";
            EVENTS = "ws://127.0.0.1:{port search}/events";
            DOCS_URL = inherit or url "Docs";
            DATABASE = "localhost:5432";
            // Two listen on 4000, so it may be either.
            EITHER = "http://localhost:4000";
            // Its port is another in production.
            SITE_URL = "http://localhost:3005";
        }
        allow literal-endpoint "as in the original configuration";
    }

    node models "models" {
        entry "./index.js";
        listen http "localhost:3001";
    }

    node search "search" {
        entry "./index.js";
        listen http "localhost:3002";
        env { HOST = "localhost"; }
    }

    node Docs "docs" {
        runner npm;
        run "docs";
        listen http "localhost:3003";
        profile production { env { API = url gateway "/api"; } }
    }

    node blue "blue" {
        entry "./index.js";
        env { PORT = 4000; }
    }

    node green "blue" {
        // PORT gives `green` the port 4000, which `blue` has, too.
        entry "./index.js";
        env { PORT = 4000; }
        allow port-variable-conflict "as in the original configuration";
    }

    node site "site" {
        entry "./index.js";
        env { PORT = 3005; }
        profile production { env { PORT = 80; } }
    }

    node admin "admin" {
        entry "./index.js";
        listen 3006;
        profile production { listen 81; }
    }

    node worker {
        // `Docs` listens on `localhost:3003`.
        // All instances get the port 3007, and only the first one can bind it.
        entry "./{name}.js";
        args "--models", "{url models}", "--docs=http://localhost:3003/x";
        exec_mode fork;
        instances 2;
        env { PORT = 3007; }
        allow literal-endpoint "as in the original configuration";
        allow instances-share-port "as in the original configuration";
    }

    node chosen {
        entry "./{name}.js";
        env { PORT = inherit "CHOSEN_PORT" or 3008; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
