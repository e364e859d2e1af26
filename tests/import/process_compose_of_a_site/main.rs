//! The system of `process-compose.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Everything of the shop.

    name process_compose_of_a_site;

    // keeps its data in ./data
    script db {
        run "postgres", "-D", "data";
        ready exec "sh", "-c", "pg_isready";
    }

    node web "web" {
        runner npm;
        run "start";
        restart_delay 2s;
        max_restarts 5;
        stop_exit_codes 0;
        listen 3000;
        depends_on db(ready);
        env { NODE_ENV = "production"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
