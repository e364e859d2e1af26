//! Words in the place of a program that only a shell knows: `NODE_ENV=production`, `cd`, `export`.

use super::Problems;
use super::layers::{Layers, row};
use super::{programs, shell_signs};
use crate::declaration::{Kind, Probe, ProbeKind, Purpose};
use crate::problem::{Fault, Problem};
use crate::shell::{assignment, quoted};
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
    // They say what the whole command is to be.
    let is_answered = [shell_signs::RULE, programs::COMMAND_LINE]
        .iter()
        .any(|rule| values.iter().any(|value| problems.has(rule, value.span_id)));
    if is_answered || layers.allows(RULE) {
        return;
    }
    let instead = match begin {
        Begin::Assignments(count, variables) => {
            with_variables(&written(values.get(count..).unwrap_or_default()), &variables, layers)
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

/// What to write for a program, with its arguments as they are written, behind assignments.
pub(super) fn with_variables(
    program: &[String],
    variables: &[(&str, &str)],
    layers: &Layers<'_>,
) -> String {
    let program = match program.is_empty() {
        true => "\"PROGRAM\"".to_owned(),
        false => program.join(", "),
    };
    let entries = variables.iter().map(|(name, value)| format!("{name} = {value:?};"));
    let entries = entries.collect::<Vec<_>>().join(" ");
    match layers.instance.service.block.env.is_empty() {
        true => format!("write `run {program}; env {{ {entries} }}`"),
        false => format!("write `run {program};`, and `{entries}` in its `env`"),
    }
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

/// Whether a command begins with a word of a shell.
pub(super) fn begins(values: &[Spanned<Value>]) -> bool {
    begin(values).is_some()
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

/// The command as a shell gets it, with what is to follow.
fn shell_command(values: &[Spanned<Value>]) -> String {
    let words = values.iter().enumerate().filter_map(|(index, value)| match &value.value {
        // `source` is of bash alone.
        Value::Text(text) if index == 0 && text == "source" => Some(".".to_owned()),
        Value::Text(text) => quoted(text, false),
        other => Some(other.to_string()),
    });
    let command = words.collect::<Vec<_>>().join(" ");
    format!("\"sh\", \"-c\", {:?}", format!("{command} && COMMAND"))
}
