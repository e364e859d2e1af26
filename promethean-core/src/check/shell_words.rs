//! Words in the place of a program that only a shell knows: `NODE_ENV=production`, `cd`, `export`.

use super::Problems;
use super::layers::{Layers, row};
use super::shell_signs;
use crate::declaration::{Kind, Probe, ProbeKind, Purpose};
use crate::problem::{Fault, Problem};
use crate::span_id::Spanned;
use crate::value::Value;

pub(super) const RULE: &str = "shell-word";

/// Commands of shells that are no programs, or that change nothing outside their own process.
const COMMANDS: [&str; 12] = [
    ".", "alias", "cd", "eval", "export", "pushd", "set", "source", "trap", "ulimit", "umask",
    "unset",
];

/// What the first words of a command are to a shell.
enum Begin<'a> {
    /// So many assignments, perhaps behind `export`, each with the name and the value.
    Assignments(usize, Vec<(&'a str, &'a str)>),
    /// `exec`, before the program.
    Exec,
    /// `cd web`
    Directory(&'a Spanned<Value>),
    /// Another command of the shell.
    Command,
}

/// What a service runs.
pub(super) fn of_service(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let service = layers.instance.service;
    let Some(run) = layers.setting(row::RUN, profile).given() else { return };
    let values = run.values();
    let Some((first, begin)) = begin(values).filter(|_| service.kind != Kind::Node) else { return };
    let has_sign = values.iter().any(|value| problems.has(shell_signs::RULE, value.span_id));
    if has_sign || layers.allows(RULE) {
        return;
    }
    let instead = match begin {
        Begin::Assignments(count, variables) => {
            let run = values.get(count..).filter(|rest| !rest.is_empty()).map(statement);
            let run = run.unwrap_or_else(|| "run \"PROGRAM\";".to_owned());
            let entries: Vec<String> =
                variables.iter().map(|(name, value)| format!("{name} = {value:?};")).collect();
            let entries = entries.join(" ");
            match service.block.env.is_empty() {
                true => format!("write `{run} env {{ {entries} }}`"),
                false => format!("write `{run}`, and `{entries}` in its `env`"),
            }
        }
        Begin::Exec => format!("write `{}`", statement(values.get(1..).unwrap_or_default())),
        Begin::Directory(directory) => {
            format!("write `cwd {};`, and what runs there after `run`", directory.value)
        }
        Begin::Command => format!("only a shell has it: write `run {};`", shell_command(values)),
    };
    let fault = Fault::ShellWord { written: first.value.to_string(), instead };
    problems.add_first(Problem::new(fault, first.span_id));
}

/// What the program of a probe is given.
pub(super) fn of_probe(purpose: Purpose, probe: &Probe) -> Option<Problem> {
    if probe.kind.value != ProbeKind::Exec {
        return None;
    }
    let values = &probe.values;
    let (first, begin) = begin(values)?;
    let words = |values: &[Spanned<Value>]| written(values).join(", ");
    let instead = match begin {
        Begin::Assignments(count, variables) => {
            let variables =
                variables.iter().map(|(name, value)| format!("{:?}", format!("{name}={value}")));
            let program = values.get(count..).unwrap_or_default();
            let program =
                if program.is_empty() { vec!["\"PROGRAM\"".to_owned()] } else { written(program) };
            let all: Vec<String> =
                ["\"env\"".to_owned()].into_iter().chain(variables).chain(program).collect();
            all.join(", ")
        }
        Begin::Exec => words(values.get(1..).unwrap_or_default()),
        Begin::Directory(_) | Begin::Command => shell_command(values),
    };
    let instead = format!("write `{} exec {instead};`", purpose.word());
    let fault = Fault::ShellWord { written: first.value.to_string(), instead };
    Some(Problem::new(fault, first.span_id))
}

fn written(values: &[Spanned<Value>]) -> Vec<String> {
    values.iter().map(|value| value.value.to_string()).collect()
}

fn statement(values: &[Spanned<Value>]) -> String {
    format!("run {};", written(values).join(", "))
}

/// The word of a shell that a command begins with.
fn begin(values: &[Spanned<Value>]) -> Option<(&Spanned<Value>, Begin<'_>)> {
    let (first, rest) = values.split_first()?;
    let word = first.value.as_text()?;
    let begin = match word {
        "cd" | "pushd" if rest.len() == 1 => Begin::Directory(rest.first()?),
        "exec" if !rest.is_empty() => Begin::Exec,
        "export" => {
            let variables = assignments(rest);
            match variables.is_empty() {
                true => Begin::Command,
                false => Begin::Assignments(variables.len() + 1, variables),
            }
        }
        word if COMMANDS.contains(&word) => Begin::Command,
        _ => {
            let variables = assignments(values);
            match variables.is_empty() {
                true => return None,
                false => Begin::Assignments(variables.len(), variables),
            }
        }
    };
    Some((first, begin))
}

/// The assignments that words begin with.
fn assignments(values: &[Spanned<Value>]) -> Vec<(&str, &str)> {
    values.iter().map_while(|value| assignment(value.value.as_text()?)).collect()
}

/// `NODE_ENV=production`; a path with `=` is none.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_name = name.chars().all(is_part)
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    is_name.then_some((name, value))
}

/// The command as a shell gets it, with what is to follow.
fn shell_command(values: &[Spanned<Value>]) -> String {
    let words = values.iter().enumerate().filter_map(|(index, value)| match &value.value {
        // `source` is of bash alone.
        Value::Text(text) if index == 0 && text == "source" => Some(".".to_owned()),
        Value::Text(text) => shlex::try_quote(text).map(std::borrow::Cow::into_owned).ok(),
        other => Some(other.to_string()),
    });
    let command = words.collect::<Vec<_>>().join(" ");
    format!("\"sh\", \"-c\", {:?}", format!("{command} && COMMAND"))
}
