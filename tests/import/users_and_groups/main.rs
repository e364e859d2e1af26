//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name users_and_groups;

    defaults {
        entry "{name}.js";
    }

    node web {
        uid "www-data";
        gid 33;
        treekill false;
        filter_env "SSH_", "AWS_";
        append_env_to_name true;
    }

    node root {
        uid 0;
        shutdown_with_message true;
        vizion false;
        pmx false;
        automation false;
        filter_env "SECRET";
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
