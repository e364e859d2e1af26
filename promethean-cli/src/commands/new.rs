//! `promethean new`: a crate for an ecosystem.

use std::fmt::Write as _;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use promethean_core::declaration::Declaration;
use promethean_core::emit::{Comments, source};
use promethean_core::span_id::Spanned;

use super::Problem;
use super::import::Reading;
use promethean::__cli::output::{self, Access};
use promethean::__cli::{Failure, absolute};

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The directory to create
    #[arg(value_name = "DIR")]
    directory: Utf8PathBuf,

    /// A PM2 configuration to import
    #[arg(long, value_name = "FILE")]
    import: Option<Utf8PathBuf>,

    /// The clone of Promethean to depend on [default: the one this program was built from]
    #[arg(long, value_name = "DIR")]
    path: Option<Utf8PathBuf>,

    #[command(flatten)]
    reading: Reading,
}

/// What a crate of this name begins with where nothing is imported.
fn main(name: &str) -> String {
    let declaration =
        Declaration { name: Some(Spanned::nowhere(name.into())), ..Declaration::default() };
    let header = source(&declaration, &Comments::default(), 1);
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

/// Its service, which needs Node and nothing else.
const SERVICE: &str = "\
console.log(process.env.GREETING);
setInterval(() => console.log(process.env.GREETING), 10_000);
";

/// What there is to do next, in this order.
const NEXT: [&str; 5] = [
    "cargo run -- graph",
    "cargo run -- check",
    "cargo run -- up",
    "cargo run -- logs",
    "cargo run -- down",
];

impl New {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let directory = absolute(&self.directory)?;
        let name = package_name(directory.file_name().unwrap_or_default());
        let dependency = self.dependency()?;
        let mut files = vec![
            ("Cargo.toml", manifest(&name, &dependency, is_in_workspace(&directory))),
            ("src/main.rs", main(&name)),
        ];
        if self.import.is_none() {
            files.push(("services/hello/index.js", SERVICE.to_owned()));
        }
        for (file, _) in &files {
            free(&directory.join(file))?;
        }
        let imported = match &self.import {
            None => None,
            Some(file) => {
                let package = Some(real(&directory));
                Some(self.reading.import(&absolute(file)?, package, Some(name.clone()))?)
            }
        };
        if let (Some(imported), Some((_, main))) = (&imported, files.get_mut(1)) {
            main.clone_from(&imported.source);
        }
        files.push((".gitignore", "/target\n.env\n.tokens\n".to_owned()));
        files.push(("README.md", readme(&name)));
        for (file, text) in &files {
            let place = directory.join(file);
            if is_there(&place) {
                output::note(&format!("{place} already exists"));
                continue;
            }
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder).map_err(|error| {
                    Failure::from(format!("{folder} cannot be created: {error}"))
                })?;
            }
            output::write(&place, text, Access::Usual)?;
        }
        let into = into(&self.directory);
        let commands: Vec<String> = into
            .into_iter()
            .chain(NEXT.map(str::to_owned))
            .map(|line| format!("    {line}"))
            .collect();
        output::note(&format!("created {directory}\n  next:\n{}", commands.join("\n")));
        match &imported {
            Some(imported) => self.reading.report(imported),
            None => Ok(()),
        }
    }

    /// The line of the manifest that names Promethean.
    fn dependency(&self) -> Result<String, Failure> {
        let clone = match &self.path {
            Some(path) => absolute(path)?,
            None => {
                let built_from = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
                let clone = clone_of(built_from).ok_or_else(|| {
                    Problem::new(
                        "Promethean is not on crates.io yet, and the clone this program was built from is missing",
                        "name a clone: `promethean new DIR --path CLONE`",
                    )
                })?;
                output::note(&format!(
                    "Promethean is not on crates.io yet: the crate depends on the clone in {clone}"
                ));
                clone
            }
        };
        if !is_clone(&clone) {
            return Err(Failure::from(Problem::new(
                format!("{clone} is not a clone of Promethean"),
                "`--path` takes the directory with the `Cargo.toml` of `promethean`",
            )));
        }
        Ok(format!("promethean = {{ path = {} }}", toml(clone.as_str())))
    }
}

/// The clone that a crate of it lies in.
fn clone_of(package: &Utf8Path) -> Option<Utf8PathBuf> {
    package.ancestors().take(2).find(|folder| is_clone(folder)).map(Utf8Path::to_owned)
}

/// Whether the crate `promethean` is in this directory.
fn is_clone(directory: &Utf8Path) -> bool {
    let manifest = fs::read_to_string(directory.join("Cargo.toml")).unwrap_or_default();
    let package = manifest.lines().skip_while(|line| line.trim() != "[package]").skip(1);
    let mut package = package.take_while(|line| !line.starts_with('['));
    package.any(|line| line.replace(' ', "") == "name=\"promethean\"")
}

/// A text of TOML.
fn toml(text: &str) -> String {
    let mut written = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => written.extend(['\\', letter]),
            control if control.is_control() => {
                // Writing to a text cannot fail.
                let _ = write!(written, "\\u{:04X}", u32::from(control));
            }
            letter => written.push(letter),
        }
    }
    written.push('"');
    written
}

/// The name of a crate in a folder of this name, one that Cargo takes.
fn package_name(folder: &str) -> String {
    const LONGEST: usize = 64;
    let mut name = String::new();
    for letter in folder.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' | '_' => name.push(letter),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    name.truncate(LONGEST);
    let name = name.trim_matches(['-', '_']);
    match name {
        "" => "system".to_owned(),
        name if name.starts_with(|first: char| first.is_ascii_digit()) => format!("system-{name}"),
        name if is_reserved(name) => format!("{name}-system"),
        name => name.to_owned(),
    }
}

/// Names that Cargo, Rust or Windows keeps for itself, and the one of the dependency, which cannot
/// depend on itself.
fn is_reserved(name: &str) -> bool {
    const RESERVED: &str = "abstract alloc alloc as async await aux become box break build com1 com2 com3 com4 com5 com6 \
        com7 com8 com9 con const continue core crate deps do dyn else enum examples extern false final fn for gen if \
        impl in incremental let loop lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 macro match mod move mut nul \
        override priv prn proc_macro promethean pub ref return self static std struct super test trait true try \
        type typeof unsafe unsized use virtual where while yield";
    RESERVED.split_whitespace().any(|reserved| reserved == name)
}

/// The command that goes into the directory; `None` where the shell is in it.
fn into(directory: &Utf8Path) -> Option<String> {
    if directory.components().all(|component| component.as_str() == ".") {
        return None;
    }
    let named = match directory.as_str().starts_with('-') {
        true => format!("./{directory}"),
        false => directory.to_string(),
    };
    Some(match shlex::try_quote(&named) {
        Ok(quoted) => format!("cd {quoted}"),
        Err(_) => "cd .".to_owned(),
    })
}

fn is_there(path: &Utf8Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Nothing that is there is written over.
fn free(path: &Utf8Path) -> Result<(), Failure> {
    if !is_there(path) {
        return Ok(());
    }
    Err(Failure::from(Problem::new(
        format!("{path} already exists"),
        "choose another directory, or only import: `promethean import FILE`",
    )))
}

/// The directory with its links followed as far as it is there.
fn real(directory: &Utf8Path) -> Utf8PathBuf {
    for present in directory.ancestors() {
        if let (Ok(real), Ok(rest)) = (present.canonicalize_utf8(), directory.strip_prefix(present))
        {
            return if rest.as_str().is_empty() { real } else { real.join(rest) };
        }
    }
    directory.to_owned()
}

/// Whether a crate here would be taken for a part of another workspace.
fn is_in_workspace(directory: &Utf8Path) -> bool {
    directory.ancestors().skip(1).any(|folder| folder.join("Cargo.toml").is_file())
}

/// With as much debug information as backtraces need: all of it would be most of `target`.
fn manifest(name: &str, dependency: &str, in_workspace: bool) -> String {
    let workspace = if in_workspace { "\n[workspace]\n" } else { "" };
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\n{dependency}\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n\
         [profile.dev.package.\"*\"]\ndebug = false\n{workspace}"
    )
}

fn readme(name: &str) -> String {
    let commands: Vec<String> = NEXT.map(|command| format!("$ {command}\n")).to_vec();
    format!(
        "# {name}\n\n\
         A system of processes, declared in `src/main.rs` and run by PM2 (`npm install --global pm2`).\n\n\
         ```console\n{}```\n\n\
         Secrets are read when an app starts. The files here contain none.\n",
        commands.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_gives_a_name_that_cargo_takes() {
        for (folder, name) in [
            ("my-system", "my-system"),
            ("My System!", "my-system"),
            ("a  b", "a-b"),
            ("2fast", "system-2fast"),
            ("fn", "fn-system"),
            ("Promethean", "promethean-system"),
            ("test", "test-system"),
            ("größe", "gr-e"),
            ("日本", "system"),
            ("", "system"),
            ("_", "system"),
            ("-x-", "x"),
            ("a.b", "a-b"),
        ] {
            assert_eq!(package_name(folder), name, "{folder}");
        }
        assert!(package_name(&"long".repeat(60)).len() <= 64);
    }

    #[test]
    fn a_new_ecosystem_has_the_name_of_its_crate() {
        for (name, written) in [("my-system", "name my-system;"), ("a-2f", "name \"a-2f\";")] {
            let main = main(name);
            assert!(main.contains(&format!("{{\n    {written}\n\n    node hello")), "{main}");
        }
    }

    #[test]
    fn the_way_into_a_directory_is_one_word_of_a_shell() {
        for (directory, command) in [
            ("a", Some("cd a")),
            ("my system!", Some("cd 'my system!'")),
            ("it's", Some("cd \"it's\"")),
            ("-x", Some("cd ./-x")),
            ("a/", Some("cd a/")),
            ("..", Some("cd ..")),
            (".", None),
            ("./", None),
        ] {
            assert_eq!(into(directory.into()).as_deref(), command, "{directory}");
        }
    }

    #[test]
    fn paths_are_texts_of_toml() {
        assert_eq!(toml("/a b/\"c\"\\d\u{1}é"), "\"/a b/\\\"c\\\"\\\\d\\u0001é\"");
    }

    #[test]
    fn without_a_clone_there_is_nothing_to_depend_on() {
        assert!(clone_of("/nowhere/at/all".into()).is_none());
        assert!(clone_of(env!("CARGO_MANIFEST_DIR").into()).is_some());
    }
}
