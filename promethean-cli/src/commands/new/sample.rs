//! What new crates and services begin with.

use promethean_core::declaration::{Declaration, Service, Unit};
use promethean_core::emit::{Comments, source};
use promethean_core::span_id::Spanned;

/// What a crate begins with that imports nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Template {
    /// An agent of two services, and the template for more agents
    Agent,
    /// A web server, a worker and a database, with a migration before them
    Web,
    /// Services with files of their own that refer to each other
    ManyFiles,
}

impl Template {
    /// All of them.
    #[cfg(test)]
    const ALL: [Template; 3] = [Template::Agent, Template::Web, Template::ManyFiles];

    /// The files of a crate of this name; the first one is `src/main.rs`.
    pub(super) fn files(self, name: &str) -> Vec<(&'static str, String)> {
        let files: &[(&'static str, &'static str)] = match self {
            Template::Agent => &[
                ("src/main.rs", include_str!("templates/agent/main.rs")),
                ("services/ears/index.js", include_str!("templates/agent/ears.js")),
                ("services/voice/index.js", include_str!("templates/agent/voice.js")),
            ],
            Template::Web => &[
                ("src/main.rs", include_str!("templates/web/main.rs")),
                ("services/database/index.js", include_str!("templates/web/database.js")),
                ("services/migrate/index.js", include_str!("templates/web/migrate.js")),
                ("services/web/index.js", include_str!("templates/web/web.js")),
                ("services/worker/index.js", include_str!("templates/web/worker.js")),
            ],
            Template::ManyFiles => &[
                ("src/main.rs", include_str!("templates/many_files/main.rs")),
                ("services/hub/ecosystem.rs", include_str!("templates/many_files/hub.rs")),
                ("services/hub/index.js", include_str!("templates/many_files/hub.js")),
                ("services/clock/ecosystem.rs", include_str!("templates/many_files/clock.rs")),
                ("services/clock/index.js", include_str!("templates/many_files/clock.js")),
            ],
        };
        let named = named(name);
        let with_name = |text: &str| text.replacen("    name my-system;\n", &named, 1);
        let mut files: Vec<(&str, String)> =
            files.iter().map(|(file, text)| (*file, with_name(text))).collect();
        if self.has_many_files() {
            files.push(("build.rs", build_script("services")));
        }
        files
    }

    /// Whether services have files of their own.
    pub(super) fn has_many_files(self) -> bool {
        self == Template::ManyFiles
    }
}

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

/// The build script with which Cargo sees new files in a folder of the crate.
pub(super) fn build_script(folder: &str) -> String {
    format!("fn main() {{\n    {}\n}}\n", watch(folder))
}

/// The statement of a build script with which Cargo sees new files in a folder.
pub(super) fn watch(folder: &str) -> String {
    let folder = folder.replace('{', "{{").replace('}', "}}");
    format!("println!({:?});", format!("cargo::rerun-if-changed={folder}"))
}

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
            for template in Template::ALL {
                let files = template.files(name);
                let (file, main) = &files[0];
                assert_eq!(*file, "src/main.rs");
                assert!(main.contains(&format!("{{\n    {written}\n\n    ")), "{main}");
                assert_eq!(template.has_many_files(), main.contains("include each"));
            }
        }
    }
}
