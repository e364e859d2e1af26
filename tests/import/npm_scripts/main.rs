//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name npm_scripts;

    node web "web" {
        runner npm;
        run "start";
    }

    node admin "admin" {
        runner npm;
        run "dev";
        args "--port", "3001";
    }

    node docs {
        runner npm;
        run "serve";
    }

    node next {
        entry "node_modules/next/dist/bin/next";
        args "start", "-p", "3002";
    }

    script yarn-app { run "yarn", "workspace", "app", "start"; }
    script served { run "npx", "serve", "-s", "build", "-l", "5000"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
