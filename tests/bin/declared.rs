//! A system whose declaration is read from the file that `DECLARATION` names.

use std::process::ExitCode;

use promethean::Ecosystem;

fn main() -> ExitCode {
    let file = std::env::var("DECLARATION").expect("DECLARATION names a file");
    let text = std::fs::read_to_string(file).expect("the declaration can be read");
    let declaration = serde_json::from_str(&text).expect("the declaration is one");
    promethean::main(&Ecosystem::from_declaration(declaration, ".", &[]))
}
