//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name interpreters_that_are_node;

    node typed {
        entry "server.ts";
        interpreter node;
    }

    node bundled {
        runner bun;
        entry "worker.ts";
    }

    node debian {
        entry "app.js";
        interpreter nodejs;
        exec_mode cluster;
        instances 2;
    }

    node ready {
        entry "bin/serve";
        interpreter "/opt/node/bin/nodejs";
        wait_ready true;
    }

    node ts {
        entry "bin/jobs";
        interpreter "ts-node";
        instances 4;
    }

    script exporter {
        // shutdown_with_message is omitted: it applies only to Node programs.
        // exec_mode is omitted: PM2's cluster mode needs a Node program that PM2 starts itself.
        run "config";
        interpreter node_exporter;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
