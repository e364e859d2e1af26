//! One service of the system from its own file: it brings along what it depends on.

#[expect(dead_code, unused_imports, reason = "the other services have no part in this")]
mod ecosystem;

use ecosystem::services::EIDOLON_FIELD;

fn main() -> std::process::ExitCode {
    promethean::main(&EIDOLON_FIELD)
}
