//! The Rust file around an ecosystem.

use promethean_core::emit::source as language;
use promethean_core::foreign::is_hostile;

use super::factor::Factored;

/// The Rust file: the ecosystem and a `main`.
pub(super) fn source(factored: &Factored, file: &str) -> String {
    let ecosystem = language(&factored.declaration, &factored.comments, 1);
    let file: String = file.chars().filter(|letter| !is_hostile(*letter)).collect();
    format!(
        "//! The system of `{file}`.\n\n\
         use promethean::{{Ecosystem, ecosystem}};\n\n\
         static SYSTEM: Ecosystem = ecosystem! {{\n\
         {ecosystem}}};\n\n\
         fn main() -> std::process::ExitCode {{\n    promethean::main(&SYSTEM)\n}}\n"
    )
}
