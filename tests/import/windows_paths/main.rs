//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // `C:\apps\agent` and `C:\apps\collector` do not exist here, so paths are unchecked. Remove
    // `paths unchecked` when they are there.

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
