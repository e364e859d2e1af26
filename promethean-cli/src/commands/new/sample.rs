//! What new crates and services begin with.

use promethean_core::declaration::{Declaration, Service, Unit};
use promethean_core::emit::{Comments, source};
use promethean_core::span_id::Spanned;

/// The ecosystem of a crate of this name where nothing is imported.
pub(super) fn main(name: &str) -> String {
    let header = named(name);
    format!(
        r#"use promethean::{{Ecosystem, ecosystem}};

static SYSTEM: Ecosystem = ecosystem! {{
{header}
    node hello "services/hello" {{
        entry "index.js";
        env {{ GREETING = "hello from {{name}}"; }}
    }}
}};

fn main() -> std::process::ExitCode {{
    promethean::main(&SYSTEM)
}}
"#
    )
}

/// A program of Node, which needs nothing else.
pub(super) const PROGRAM_OF_NODE: &str = "\
console.log(process.env.GREETING);
setInterval(() => console.log(process.env.GREETING), 10_000);
";

/// The statement that gives an ecosystem its name.
fn named(name: &str) -> String {
    let declaration =
        Declaration { name: Some(Spanned::nowhere(name.into())), ..Declaration::default() };
    source(&declaration, &Comments::default(), 1)
}

/// A program of Python, which needs nothing else.
pub(super) const PROGRAM_OF_PYTHON: &str = "\
import os
import time

while True:
    print(os.environ[\"GREETING\"])
    time.sleep(10)
";

/// The ecosystem of a crate of this name whose services have files of their own.
pub(super) fn main_of_each(name: &str) -> String {
    let header = named(name);
    format!(
        r#"use promethean::{{Ecosystem, ecosystem}};

static SYSTEM: Ecosystem = ecosystem! {{
{header}
    include each "services/*/ecosystem.rs";
}};

fn main() -> std::process::ExitCode {{
    promethean::main(&SYSTEM)
}}
"#
    )
}

/// The build script with which Cargo sees new files.
pub(super) const BUILD_SCRIPT: &str = "\
fn main() {
    println!(\"cargo::rerun-if-changed=services\");
}
";

/// The file of a service.
pub(super) fn file(service: Service) -> String {
    let units = vec![Unit::Service(service)];
    let declaration = Declaration { units, ..Declaration::default() };
    let source = source(&declaration, &Comments::default(), 1);
    format!(
        "use promethean::{{Ecosystem, ecosystem}};\n\n\
         pub static ECOSYSTEM: Ecosystem = ecosystem! {{\n{source}}};\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_ecosystem_has_the_name_of_its_crate() {
        for (name, written) in [("my-system", "name my-system;"), ("a-2f", "name \"a-2f\";")] {
            let main = main(name);
            assert!(main.contains(&format!("{{\n    {written}\n\n    node hello")), "{main}");
        }
    }
}
