//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name lines_for_bash;

    node web {
        runner npm;
        run "start";
    }

    script worker { run "dotnet", "run"; }

    script backup {
        // The line reads `DATABASE_URL`, which PM2 passes on from its own environment; here `env {
        // DATABASE_URL = secret or unset; }` gives it to the program.
        run "bash", "-c", "pg_dump $DATABASE_URL | gzip > $FOLDER/today.gz";
        env { FOLDER = "/backups"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
