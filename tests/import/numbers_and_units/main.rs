//! The system of `ecosystem.config.yaml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // Numbers as texts, texts as numbers.

    name numbers_and_units;

    node units {
        entry "units.js";
        instances 3;
        restart_delay 4s;
        max_restarts 10;
        min_uptime 10s;
        stop_exit_codes 0, 143;
        max_memory_restart (1_000_000);
        kill_timeout 90s;
        listen_timeout 1500ms;
        env {
            CHANNEL = "449279570445729793";
            RATE = "0.25";
            ENABLED = true;
            NOTHING = "null";
            LIST = "[1,2]";
            OBJECT = "{{\"a\":1}}";
            EMPTY = "";
            BRACES = "{{name}} {{{{x}}}}";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
