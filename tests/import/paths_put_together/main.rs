//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // `apps/api` and `web` do not exist here, so paths are unchecked. Remove `paths unchecked` when
    // they are there.

    name paths_put_together;
    paths unchecked;

    node entry "web" { entry "../scripts/start.js"; }

    node node-args "apps/api" {
        entry "main.js";
        node_args "--require", "../../hook.js";
    }

    node env-file "apps/api" {
        // PM2 never read ../../.env: it reads `env_file` as an environment named `file`.
        entry "main.js";
        env_file "../../.env";
    }

    node outside "apps/api" {
        entry "main.js";
        env { SIBLING = "{root}/../other-project"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
