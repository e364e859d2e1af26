//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
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
        // shutdown_with_message is left out: it means something to a Node program alone.
        // exec_mode is left out: PM2's cluster is Node's, and this is no Node program that PM2
        // starts.
        run "config";
        interpreter node_exporter;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
