//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name file_server_of_pm2;

    script site {
        // PM2 serves the files itself, as its `PM2_SERVE_…` variables say; nothing here does: the
        // npm package `serve` is another program, which is given what it knows of them.
        run "npx", "serve", "--single", "--listen", "8080", "./dist";
        env {
            PM2_SERVE_PATH = "./dist";
            PM2_SERVE_PORT = 8080;
            PM2_SERVE_SPA = true;
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
