//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // PM2 never read `monitoring`, `log_rotation` and `cpu_threshold`: it has no such attributes.
    // So it is in a and b.
    // In a and b: PM2 never read `error-file`, `out-file` and `max-restarts`. They may mean:
    // error_file "e.log";
    // out_file "o.log";
    // max_restarts 5;

    name misspelt_attributes;

    defaults {
        entry "{name}.js";
    }

    node a;
    node b;
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
