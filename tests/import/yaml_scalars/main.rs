//! The system of `ecosystem.config.yml`.

use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    // What other readers of YAML take for booleans, numbers or times is text to PM2's, and the
    // other way round.

    name yaml_scalars;

    node scalars {
        entry "scalars.js";
        env {
            Y = "yes";
            N = "no";
            ON = "on";
            TILDE = "null";
            NOTHING = "null";
            OCTAL = 15;
            HEXADECIMAL = 31;
            ZEROS = 7;
            CLOCK = "12:30:45";
            VERSION = "1.1";
            QUOTED = "1.10";
            EXPONENT = 1000;
            FOLDED = "two lines";
            KEPT = "two\nlines\n";
        }
    }
};

fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
