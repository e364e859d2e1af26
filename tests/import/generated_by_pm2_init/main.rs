//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name generated_by_pm2_init;

    node index {
        entry "index.js";
        watch ".";
    }

    node service-worker {
        entry "./service-worker/";
        watch "./service-worker";
    }

    // What `pm2 deploy` was given, which an ecosystem cannot express:
    // {
    //   "production": {
    //     "user": "SSH_USERNAME",
    //     "host": "SSH_HOSTMACHINE",
    //     "ref": "origin/master",
    //     "repo": "GIT_REPOSITORY",
    //     "path": "DESTINATION_PATH",
    //     "pre-deploy-local": "",
    //     "post-deploy": "npm install && pm2 reload ecosystem.config.js --env production",
    //     "pre-setup": ""
    //   }
    // }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
