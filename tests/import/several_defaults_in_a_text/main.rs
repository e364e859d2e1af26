//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name several_defaults_in_a_text;

    node web {
        // PM2 starts it when `DB_PASSWORD` and `ZONE` are not set. Here `DB_PASSWORD` and `ZONE`
        // must be set.
        entry "./web.js";
        env {
            API_URL = "http://{inherit API_HOST}:{inherit API_PORT}/v1"
                or "http://localhost:{inherit API_PORT}/v1"
                or "http://{inherit API_HOST}:4000/v1"
                or "http://localhost:4000/v1";
            WS_URL = "ws://{inherit API_HOST}:{inherit API_PORT}/{inherit WS_PATH}"
                or "ws://localhost:{inherit API_PORT}/{inherit WS_PATH}"
                or "ws://{inherit API_HOST}:4000/{inherit WS_PATH}"
                or "ws://{inherit API_HOST}:{inherit API_PORT}/live"
                or "ws://localhost:4000/{inherit WS_PATH}"
                or "ws://localhost:{inherit API_PORT}/live"
                or "ws://{inherit API_HOST}:4000/live"
                or "ws://localhost:4000/live";
            // its password has no default
            DATABASE_URL = "postgres://{inherit DB_USER}:{secret DB_PASSWORD}@{inherit DB_HOST}/app"
                or "postgres://{inherit DB_USER}:{secret DB_PASSWORD}@localhost/app"
                or "postgres://app:{secret DB_PASSWORD}@{inherit DB_HOST}/app"
                or "postgres://app:{secret DB_PASSWORD}@localhost/app";
            // and here it has one
            REPLICA_URL = "postgres://{inherit DB_USER}:{secret DB_PASSWORD}@replica.lan/app"
                or "postgres://app:{secret DB_PASSWORD}@replica.lan/app";
            CACHE_DIR = "{inherit HOME}/.cache/{inherit CACHE}" or "{inherit HOME}/.cache/web";
            BUCKET = "{inherit ZONE}-{inherit CACHE}" or "{inherit ZONE}-web";
            // A secret is in it in plain text, and not copied.
            LOGS = secret;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
