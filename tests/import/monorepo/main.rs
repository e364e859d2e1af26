//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name monorepo;

    defaults {
        entry "dist/main.js";
        node_args "--enable-source-maps", "--max-old-space-size=512";
        max_memory_restart 600M;
        kill_timeout 5s;
        out_file "{root}/logs/{name}.out.log";
        error_file "{root}/logs/{name}.err.log";
        merge_logs true;
        env {
            NODE_ENV = "production";
            LOG_LEVEL = "info";
        }
    }

    node shop-gateway "packages/gateway" {
        env {
            PORT = 4000;
            SERVICE = "gateway";
        }
    }

    node shop-accounts "packages/accounts" {
        env {
            PORT = 4001;
            SERVICE = "accounts";
        }
    }

    node shop-billing "packages/billing" {
        env {
            PORT = 4002;
            SERVICE = "billing";
        }
    }

    node shop-mailer "packages/mailer" {
        env {
            PORT = 4003;
            SERVICE = "mailer";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
