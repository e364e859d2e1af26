//! The system that `ecosystem.config.js` configured for PM2.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name windows_paths;
    paths unchecked;

    node collector "C:\\apps\\collector" {
        entry "dist\\index.js";
        windowsHide true;
        out_file "C:\\logs\\collector.log";
    }

    script agent "C:\\apps\\agent" { run "agent.exe"; }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
