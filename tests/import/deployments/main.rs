//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name deployments;

    node site {
        entry "server.js";
        profile production { env { NODE_ENV = "production"; } }
    }

    // What `pm2 deploy` was given, which an ecosystem cannot express:
    // {
    //   "production": {
    //     "key": "~/.ssh/deploy",
    //     "user": "deploy",
    //     "host": [
    //       "10.0.0.1",
    //       "10.0.0.2"
    //     ],
    //     "ref": "origin/main",
    //     "repo": "git@example.org:site.git",
    //     "path": "/var/www/site",
    //     "post-deploy": "npm ci && pm2 reload ecosystem.config.js --env production",
    //     "env": {
    //       "DEPLOY_TOKEN": "…"
    //     }
    //   }
    // }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
