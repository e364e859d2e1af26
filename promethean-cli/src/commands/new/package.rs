//! What Cargo takes: names, manifests, and the clone of Promethean that a crate depends on.

use std::fmt::Write as _;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_runtime::__cli::{Failure, absolute};

use super::super::Problem;
use crate::plain_letters::plain_letters;

/// The line of the manifest that names Promethean; `tls` is for probes of `https` URLs.
pub(super) fn dependency(clone: &Utf8Path, tls: bool) -> String {
    let features = if tls { ", features = [\"https\"]" } else { "" };
    format!("promethean = {{ path = {}{features} }}", toml(clone.as_str()))
}

/// The clone of Promethean that a crate depends on.
pub(super) fn clone(path: Option<&Utf8Path>) -> Result<Utf8PathBuf, Failure> {
    let clone = match path {
        Some(path) => absolute(path)?,
        None => {
            let built_from = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
            clone_of(built_from).ok_or_else(|| {
                Problem::new(
                    "Promethean is not on crates.io yet, and the clone this program was built from is missing",
                    "name a clone: `promethean new DIR --path CLONE`",
                )
            })?
        }
    };
    if !is_clone(&clone) {
        return Err(Failure::from(Problem::new(
            format!("{clone} is not a clone of Promethean"),
            "`--path` takes the directory with the `Cargo.toml` of `promethean`",
        )));
    }
    Ok(clone)
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

/// The name of a crate in a folder of this name, one that Cargo takes: `system` where the folder's name has letters
/// that are not of a Latin alphabet.
pub(super) fn package_name(folder: &str) -> String {
    const LONGEST: usize = 64;
    let mut name = String::new();
    for letter in plain_letters(folder).unwrap_or_default().to_lowercase().chars() {
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

/// Whether a crate here would be taken for a part of another workspace.
pub(super) fn is_in_workspace(directory: &Utf8Path) -> bool {
    directory.ancestors().skip(1).any(|folder| folder.join("Cargo.toml").is_file())
}

/// How a crate is built while one works on it; the benchmarks build theirs so, too.
const PROFILE: &str = include_str!("profile.toml");

/// The manifest of a crate.
pub(super) fn manifest(name: &str, dependency: &str, in_workspace: bool) -> String {
    let workspace = if in_workspace { "\n[workspace]\n" } else { "" };
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\n{dependency}\n\n{PROFILE}{workspace}"
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
            ("größe", "grosse"),
            ("Ünï", "uni"),
            ("日本", "system"),
            ("my 日本", "system"),
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
    fn paths_are_texts_of_toml() {
        assert_eq!(toml("/a b/\"c\"\\d\u{1}é"), "\"/a b/\\\"c\\\"\\\\d\\u0001é\"");
    }

    #[test]
    fn without_a_clone_there_is_nothing_to_depend_on() {
        assert!(clone_of("/nowhere/at/all".into()).is_none());
        assert!(clone_of(env!("CARGO_MANIFEST_DIR").into()).is_some());
    }
}
