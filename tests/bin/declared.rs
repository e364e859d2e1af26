//! A system whose declaration is read from the file that `DECLARATION` names.

use std::process::ExitCode;

use promethean::Ecosystem;
use promethean::declaration::Declaration;

fn main() -> ExitCode {
    // The embedded engine, which is this program, too, reads no declaration.
    let declaration = std::env::var("DECLARATION").map_or_else(
        |_| Declaration::default(),
        |file| {
            let text = std::fs::read_to_string(file).expect("the declaration can be read");
            serde_json::from_str(&text).expect("the declaration is one")
        },
    );
    promethean::main(&Ecosystem::from_declaration(declaration, ".", &[]))
}
