//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name programs_of_path_with_an_interpreter;

    node ui {
        runner npm;
        run "dev";
    }

    script api {
        // PM2 runs `uvicorn` under python3; here it runs under the Python it is installed with.
        run "uvicorn", "app:app";
    }

    script web { run "pnpm", "dev"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
