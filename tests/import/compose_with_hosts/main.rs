//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What has no program of its own here stays in its container. This starts it:
    // docker compose up -d redis search

    name compose_with_hosts;

    defaults {
        autorestart false;
    }

    node api "api" {
        // Compose maps `8080:4000`: without a container it listens on its own port.
        entry "server.js";
        listen http 4000;
        depends_on redis;
        env {
            // `redis` is a host only among containers; here it is this machine, with the published
            // port.
            CACHE = url redis;
            QUEUE = "redis://localhost:6379";
            // `search` is a host only among containers, and publishes no port: let it publish one,
            // and write that with `127.0.0.1`.
            SEARCH = "http://search";
            STORE = "http://{inherit STORE_HOST}:{inherit STORE_PORT}/{inherit BUCKET}"
                or "http://{inherit STORE_HOST}:{inherit STORE_PORT}/"
                or "http://store.lan:{inherit STORE_PORT}/{inherit BUCKET}"
                or "http://{inherit STORE_HOST}:9000/{inherit BUCKET}"
                or "http://store.lan:{inherit STORE_PORT}/"
                or "http://{inherit STORE_HOST}:9000/"
                or "http://store.lan:9000/{inherit BUCKET}"
                or "http://store.lan:9000/";
        }
    }

    node web "web" {
        runner npm;
        run "start";
        listen 3000;
        env {
            // `api` is a host only among containers; here it is this machine, with the published
            // port.
            API_URL = url api "/v1";
        }
    }

    external redis {
        listen redis 16379;
        ready tcp;
        hint "run `docker compose up -d redis`";
    }

    external search { hint "run `docker compose up -d search`"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
