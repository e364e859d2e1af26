//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name interpreter_paths;

    node old {
        entry "legacy.js";
        interpreter "/opt/node-12/bin/node";
    }

    node nvm {
        entry "modern.js";
        interpreter "node@20.11.0";
    }

    node ts {
        entry "src/index.ts";
        interpreter "node_modules/.bin/ts-node";
        node_args "-r", "tsconfig-paths/register";
    }

    node babel {
        entry "src/index.js";
        interpreter "babel-node";
        node_args "--presets", "@babel/preset-env";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
