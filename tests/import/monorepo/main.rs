//! The system of `ecosystem.config.js`.

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
        listen 4000;
        env { SERVICE = "gateway"; }
    }

    node shop-accounts "packages/accounts" {
        listen 4001;
        env { SERVICE = "accounts"; }
    }

    node shop-billing "packages/billing" {
        listen 4002;
        env { SERVICE = "billing"; }
    }

    node shop-mailer "packages/mailer" {
        listen 4003;
        env { SERVICE = "mailer"; }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
