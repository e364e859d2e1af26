//! What a Dockerfile says of the program that runs.

use std::fs;

use camino::Utf8Path;
use promethean_core::paths;
use promethean_core::shell::with_shell;

use super::context;
use crate::import::pm2_reader::data::Data;

/// What the Dockerfile of a service says of the image that runs: the stage that `build.target` names, or the last one,
/// with those that it begins from.
pub(super) fn dockerfile(service: &Data, base: &Utf8Path) -> String {
    let build = service.get("build");
    let text = |key: &str| build.and_then(|build| build.get(key)).and_then(Data::as_text);
    let folder = paths::join(base, Utf8Path::new(&context(service).unwrap_or_default()));
    let file = folder.join(text("dockerfile").unwrap_or("Dockerfile"));
    stage(&fs::read_to_string(file).unwrap_or_default(), text("target"))
}

/// The instructions of a stage of a Dockerfile, after those of the stage that it begins from.
fn stage(dockerfile: &str, name: Option<&str>) -> String {
    // What it begins from, its name, and its instructions.
    let mut stages: Vec<(&str, Option<&str>, String)> = Vec::new();
    let joined = without_continuations(dockerfile);
    for line in joined.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [first, rest @ ..] if first.eq_ignore_ascii_case("from") => {
                let mut rest = rest.iter().filter(|word| !word.starts_with("--"));
                let from = rest.next().copied().unwrap_or_default();
                stages.push((from, rest.nth(1).copied(), String::new()));
            }
            _ => {
                // Before the first stage there are only arguments.
                if let Some((.., own)) = stages.last_mut() {
                    own.push_str(line);
                    own.push('\n');
                }
            }
        }
    }
    let mut text = String::new();
    let mut wanted = match name {
        Some(name) => stages.iter().rposition(|(_, known, _)| *known == Some(name)),
        None => stages.len().checked_sub(1),
    };
    while let Some((from, _, own)) = wanted.and_then(|index| stages.get(index)) {
        text.insert_str(0, own);
        // Only a stage before this one can be meant.
        let before = stages.iter().take(wanted.unwrap_or_default());
        wanted = before.into_iter().rposition(|(_, known, _)| *known == Some(from));
    }
    text
}

/// The variables that a Dockerfile gives what runs: `ENV A=1 B="two words"`, or `ENV A one`.
pub(super) fn of_image(dockerfile: &str) -> Vec<(String, String)> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for line in lines_of(dockerfile, "ENV") {
        let words = shlex::split(line).unwrap_or_default();
        let pairs: Option<Vec<(&str, &str)>> =
            words.iter().map(|word| word.split_once('=')).collect();
        let found = match pairs.filter(|pairs| !pairs.is_empty()) {
            Some(pairs) => pairs,
            None => line.split_once(char::is_whitespace).into_iter().collect(),
        };
        for (name, value) in found {
            variables.retain(|(known, _)| known != name);
            variables.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    variables
}

/// A Dockerfile with each instruction on one line, and without comments, which may stand between its lines.
fn without_continuations(dockerfile: &str) -> String {
    let mut joined = String::new();
    for line in dockerfile.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(begun) => joined.extend([begun, " "]),
            None => joined.extend([line, "\n"]),
        }
    }
    joined
}

/// What follows the instructions of this name in a Dockerfile, which may be written in any case.
pub(super) fn lines_of<'d>(dockerfile: &'d str, name: &'d str) -> impl Iterator<Item = &'d str> {
    let instructions = dockerfile.lines().map(str::trim);
    let split = instructions.filter_map(|line| line.split_once(char::is_whitespace));
    split.filter(move |(word, _)| word.eq_ignore_ascii_case(name)).map(|(_, rest)| rest.trim())
}

/// The last instruction of this name in a Dockerfile.
pub(super) fn instruction(dockerfile: &str, name: &str) -> Option<Vec<Data>> {
    let found = lines_of(dockerfile, name).last()?;
    let words = serde_json::from_str::<Vec<String>>(found);
    let words = words.unwrap_or_else(|_| with_shell(found));
    Some(words.into_iter().map(Data::Text).collect())
}

/// The options of the `HEALTHCHECK` of a Dockerfile, and its command.
pub(super) fn health_of_image(dockerfile: &str) -> Option<(Vec<&str>, &str)> {
    let mut rest = lines_of(dockerfile, "HEALTHCHECK").last()?;
    let mut options = Vec::new();
    loop {
        let (word, behind) = rest.split_once(char::is_whitespace)?;
        rest = behind.trim_start();
        match word.strip_prefix("--") {
            Some(option) => options.push(option.split_once('=').map_or(option, |(name, _)| name)),
            None => return word.eq_ignore_ascii_case("cmd").then_some((options, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{of_image, stage};

    #[test]
    fn a_dockerfile_says_what_the_image_of_a_stage_has() {
        let file = "ARG X=1\nFROM node:22 AS base\nENV A=1 B=\"two words\"\nFROM base as dev\nENV A=2\nCMD [\"a\"]\nFROM base\nENV C three words\n";
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let last = owned(&[("A", "1"), ("B", "two words"), ("C", "three words")]);
        assert_eq!(of_image(&stage(file, None)), last);
        assert_eq!(of_image(&stage(file, Some("dev"))), owned(&[("B", "two words"), ("A", "2")]));
        assert_eq!(stage(file, Some("none")), "");
        assert_eq!(stage("", None), "");
        // A stage cannot begin from itself.
        assert_eq!(stage("FROM a AS a\nENV A=1\n", None), "ENV A=1\n");
    }
}
