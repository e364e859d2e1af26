//! The system of `ecosystem.config.js`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    name logs_of_all_sorts;

    defaults {
        entry "{name}.js";
    }

    node api {
        out_file "./logs/api.log";
        error_file "./logs/api.error.log";
        log_file "./logs/api.all.log";
        pid_file "./run/api.pid";
        merge_logs true;
        log_type json;
        log_date_format "YYYY-MM-DD HH:mm Z";
    }

    node jobs {
        out_file "/dev/null";
        error_file "NULL";
        log_file true;
        time true;
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
