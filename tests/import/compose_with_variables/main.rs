//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name compose_with_variables;

    python bot "bot" {
        runner system;
        run "python3", "bot.py";
        env {
            DISCORD_TOKEN = secret or unset;
            LOG_LEVEL = inherit or "info";
            API = "http://{inherit API_HOST}:{inherit API_PORT}"
                or "http://localhost:{inherit API_PORT}"
                or "http://{inherit API_HOST}:3000"
                or "http://localhost:3000";
            OWNER = inherit;
            PRICE = "5$";
            // The original has `DEBUG` in it; this is its value when nothing is set.
            MODE = "";
            // The original has `REGION` and `FALLBACK` in it; this is its value when nothing is
            // set.
            REGION = "eu-west";
            HELLO = inherit;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
