//! The system of `docker-compose.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name compose_with_an_env_file;

    defaults {
        // Files that need not exist count more here, whatever their order.
        env_file_if_exists "../../{name}.local.env";
        autorestart false;
    }

    node worker "services/worker" {
        entry "worker.js";
        // There is no file .env: `check` asks for it.
        env_file "../../.env";
        only_profile "jobs";
    }

    script web "services/web" {
        run "sh", "-c", "npm run migrate && npm start";
        // There is no file web.env: `check` asks for it.
        env_file "../../web.env";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
