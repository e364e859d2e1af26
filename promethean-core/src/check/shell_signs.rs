//! Signs of a shell that are arguments of their own: `>`, `2>&1`, `|`, `&`. The program gets them.

use super::layers::{Effective, Layers, row};
use super::{Problems, shell_words};
use crate::attribute::Attribute;
use crate::declaration::{Kind, Probe, ProbeKind, Purpose};
use crate::other_tools;
use crate::paths::file_name;
use crate::problem::{Fault, Problem};
use crate::service_facts::bit;
use crate::shell::{assignment, is_shell, joins_commands, quoted};
use crate::span_id::Spanned;
use crate::value::Value;

pub(super) const RULE: &str = "shell-sign";

/// Other programs for which such a sign is a pattern, a text or part of their language, or that give it to a shell.
const READERS: [&str; 36] = [
    "[",
    "adb",
    "ag",
    "autossh",
    "busybox",
    "cmd",
    "cmd.exe",
    "csh",
    "dpkg",
    "echo",
    "egrep",
    "expr",
    "fd",
    "fdfind",
    "fgrep",
    "find",
    "fish",
    "gcloud",
    "grep",
    "jq",
    "mosh",
    "nft",
    "parallel",
    "powershell",
    "printf",
    "pwsh",
    "redis-cli",
    "rg",
    "ssh",
    "tcpdump",
    "test",
    "tmux",
    "tr",
    "watch",
    "watchexec",
    "wsl",
];

/// Programs that output is often piped to: after a `|` they are meant to run.
const PIPED_TO: [&str; 20] = [
    "awk",
    "bunyan",
    "cat",
    "cut",
    "grep",
    "head",
    "jq",
    "logger",
    "multilog",
    "npx",
    "pino-pretty",
    "rotatelogs",
    "sed",
    "sort",
    "tail",
    "tee",
    "tr",
    "ts",
    "wc",
    "xargs",
];

fn reads_signs(program: &str) -> bool {
    is_shell(program) || READERS.contains(&file_name(program))
}

/// What a shell makes of a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// The output goes to a file, which is the value of these attributes.
    To(&'static [&'static str]),
    /// Both outputs are one.
    Merge,
    Background,
    /// What only a shell can do.
    Shell,
}

/// The file of standard output.
const OUT: &[&str] = &["out_file"];
/// The file of standard error.
const ERROR: &[&str] = &["error_file"];
/// The file of both: where there is a `log_file`, PM2 writes the other two as well.
const BOTH: &[&str] = &["out_file", "error_file"];

/// The redirections into a file, those that begin with another one first.
const REDIRECTIONS: [(&str, &[&str]); 10] = [
    ("&>>", BOTH),
    ("&>", BOTH),
    (">&", BOTH),
    ("2>>", ERROR),
    ("2>", ERROR),
    ("1>>", OUT),
    ("1>", OUT),
    (">>", OUT),
    (">|", OUT),
    (">", OUT),
];

/// The sign that a text is, and the file that is written with it: `>`, `2>/dev/null`.
fn sign(text: &str) -> Option<(Sign, Option<&str>)> {
    match text {
        "2>&1" | "1>&2" | ">&2" => return Some((Sign::Merge, None)),
        "&" => return Some((Sign::Background, None)),
        "<" | "<<" | "<<<" => return Some((Sign::Shell, None)),
        word if joins_commands(word) => return Some((Sign::Shell, None)),
        _ => {}
    }
    REDIRECTIONS.iter().find_map(|(written, attributes)| {
        let file = text.strip_prefix(written)?;
        match file {
            "" => Some((Sign::To(attributes), None)),
            file => is_path(file).then_some((Sign::To(attributes), Some(file))),
        }
    })
}

fn is_path(text: &str) -> bool {
    let begins = ["/", "./", "../", "~/"].iter().any(|begin| text.starts_with(begin));
    begins || matches!(text.rsplit_once('.'), Some((_, "log")))
}

/// The first sign that no program reads, where the values are those of a command and its arguments.
fn first_sign(values: &[&Spanned<Value>]) -> Option<usize> {
    let texts: Vec<Option<&str>> = values.iter().map(|value| value.value.as_text()).collect();
    for (index, text) in texts.iter().enumerate().skip(1) {
        let text = text.unwrap_or_default();
        if reads_signs(text) {
            return None;
        }
        let Some((sign, _)) = sign(text) else { continue };
        // Nothing is left to be done with its output.
        let is_text = matches!(sign, Sign::Shell) || is_sign_alone(text);
        if !(is_text && index + 1 == texts.len() || is_value_of_flag(&texts, index)) {
            return Some(index);
        }
    }
    None
}

/// Whether a redirection has its file in the next word.
fn is_sign_alone(text: &str) -> bool {
    matches!(sign(text), Some((Sign::To(_), None)))
}

/// After a flag, `;` may be what separates fields, and `>` a comparison.
fn is_value_of_flag(texts: &[Option<&str>], index: usize) -> bool {
    let text = |index: usize| texts.get(index).copied().flatten();
    let flag = index.checked_sub(1).and_then(text).unwrap_or_default();
    let follows = text(index + 1).unwrap_or_default();
    let separates = ["sep", "delim"].iter().any(|part| flag.contains(part));
    let is_file = follows.contains(['/', '.']) && follows.parse::<f64>().is_err();
    flag.starts_with('-')
        && !flag.contains('=')
        && match text(index).unwrap_or_default() {
            "|" => !PIPED_TO.contains(&file_name(follows)),
            ";" | "&" | "<" => true,
            ">" | ">>" => !is_file,
            _ => separates,
        }
}

fn is_reader(value: &Spanned<Value>) -> bool {
    // What an expression runs is not known.
    value.value.as_text().is_none_or(reads_signs)
}

/// What to do where it is not known which words are meant for the shell.
const IN_A_SHELL: &str =
    "only a shell reads it: a script has `run \"sh\", \"-c\", \"command | command\";`";

/// What a service runs.
pub(super) fn of_service(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let kind = layers.instance.service.kind;
    let (run, args) = (layers.setting(row::RUN, profile), layers.setting(row::ARGS, profile));
    let elsewhere = match run {
        // Node says what is wrong with it, and `command-line` what is wrong with one text.
        Effective::Given(_)
            if kind == Kind::Node && layers.facts(profile).wrong_run().is_some() =>
        {
            return;
        }
        Effective::Absent if kind == Kind::Script => return,
        Effective::Given(_) | Effective::Absent => None,
        Effective::Unknown if profile.is_some() => return,
        Effective::Unknown => layers.elsewhere(bit::RUN),
    };
    let of_run = run.given().map_or(&[][..], |run| run.values());
    let of_args = args.given().map_or(&[][..], |args| args.values());
    let program = Spanned::nowhere(Value::Text(String::new().into()));
    let mut command: Vec<&Spanned<Value>> = of_run.iter().chain(of_args).collect();
    if of_run.is_empty() {
        command.insert(0, &program);
    } else if command.first().is_some_and(|program| is_reader(program)) {
        return;
    }
    let Some(index) = first_sign(&command) else { return };
    let Some(value) = command.get(index).copied() else { return };
    if layers.allows(RULE) {
        return;
    }
    let (key, values) = match of_run.iter().any(|own| std::ptr::eq(own, value)) {
        true => ("run", of_run),
        false => ("args", of_args),
    };
    let given = |attribute: &str| {
        let row = Attribute::row(attribute);
        !matches!(layers.setting(row, profile), Effective::Absent)
    };
    let of = |row| layers.setting(row, profile).given().map_or(&[][..], |given| given.values());
    let (interpreter, of_interpreter) = (of(row::INTERPRETER), of(row::NODE_ARGS));
    let in_a_shell = || {
        if kind == Kind::Node || of_run.is_empty() {
            return None;
        }
        // The shell starts all of it.
        let is_none = |value: &&Spanned<Value>| value.value.as_name() == Some("none");
        let before = interpreter.iter().filter(|value| !is_none(value)).chain(of_interpreter);
        let whole = shell_command(&before.chain(command.iter().copied()).collect::<Vec<_>>())?;
        let parts =
            [("interpreter", interpreter), ("node_args", of_interpreter), ("args", of_args)];
        let parts = parts.into_iter().filter(|(_, values)| !values.is_empty());
        let parts: Vec<String> = parts.map(|(key, _)| format!("`{key}`")).collect();
        Some(match parts.is_empty() {
            true => format!("write `run {whole};`"),
            false => format!("write `run {whole};`, and no {}", parts.join(" and no ")),
        })
    };
    // A shell reads its first word, too.
    let instead = (!shell_words::begins(of_run))
        .then(|| redirections(key, values, given))
        .flatten()
        .or_else(in_a_shell)
        .unwrap_or_else(|| IN_A_SHELL.to_owned());
    let fault = Fault::ShellSign { written: value.value.to_string(), instead };
    problems.add_first(Problem::new(fault, value.span_id).unless(elsewhere));
}

/// What the program of a probe is given.
pub(super) fn of_probe(purpose: Purpose, probe: &Probe) -> Option<Problem> {
    let command: Vec<&Spanned<Value>> = probe.values.iter().collect();
    if probe.kind.value != ProbeKind::Exec || command.first().is_some_and(|first| is_reader(first))
    {
        return None;
    }
    let value = command.get(first_sign(&command)?)?;
    let texts: Vec<&str> = command.iter().filter_map(|value| value.value.as_text()).collect();
    let before: Vec<&str> = texts.iter().copied().take_while(|text| sign(text).is_none()).collect();
    let target = match texts.get(before.len()..) {
        // `curl -f http://localhost:8000 || exit 1` of Docker.
        Some(["||", "exit" | "false", ..]) => Some(other_tools::probe_of(purpose, &before)),
        _ => shell_command(&command).map(|command| format!("exec {command}")),
    };
    let instead = match target {
        Some(target) => format!("write `{} {target};`", purpose.word()),
        None => format!(
            "only a shell reads it: write `{} exec \"sh\", \"-c\", \"command | command\";`",
            purpose.word()
        ),
    };
    let fault = Fault::ShellSign { written: value.value.to_string(), instead };
    Some(Problem::new(fault, value.span_id))
}

/// The command as a shell gets it: `"sh", "-c", "./build && ./start"`; `None` where it is known that this is not
/// what is meant: a word is an expression, or there is nothing between two signs.
fn shell_command(command: &[&Spanned<Value>]) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut needs_word, mut can_assign) = (true, true);
    for value in command {
        let text = match &value.value {
            Value::Expression(_) => return None,
            Value::Text(text) => text.to_string(),
            other => other.to_string(),
        };
        match sign(&text) {
            Some(_) if needs_word => return None,
            Some((Sign::Shell, _)) => (needs_word, can_assign) = (true, true),
            Some((Sign::To(_), None)) => needs_word = true,
            Some((Sign::To(_) | Sign::Merge | Sign::Background, _)) => {}
            None => needs_word = false,
        }
        words.push(match sign(&text) {
            Some(_) => text,
            None => {
                let word = quoted(&text, can_assign)?;
                can_assign &= assignment(&text).is_some();
                word
            }
        });
    }
    (!needs_word).then(|| format!("\"sh\", \"-c\", {:?}", words.join(" ")))
}

/// The statements for a command with nothing but redirections into files, and a `&` at its end.
/// `given` says which attributes the service has.
fn redirections(
    key: &str,
    values: &[Spanned<Value>],
    given: impl Fn(&str) -> bool,
) -> Option<String> {
    let (mut kept, mut files, mut merges, mut in_background) =
        (Vec::new(), Vec::new(), false, false);
    // `nohup ./start > out.log &`
    let is_wrapped =
        key == "run" && values.first().and_then(|value| value.value.as_text()) == Some("nohup");
    let mut rest = values.iter().skip(usize::from(is_wrapped));
    while let Some(value) = rest.next() {
        if in_background {
            return None;
        }
        match value.value.as_text().and_then(sign) {
            None => kept.push(value.value.to_string()),
            // Before a redirection, it is not of that.
            Some((Sign::Merge, _)) => merges |= !files.is_empty(),
            Some((Sign::Background, _)) => in_background = true,
            Some((Sign::Shell, _)) => return None,
            Some((Sign::To(attributes), file)) => {
                let file = file.or_else(|| rest.next().and_then(|value| value.value.as_text()))?;
                files.push((attributes, file));
            }
        }
    }
    let mut statements = Vec::new();
    if !kept.is_empty() {
        statements.push(format!("{key} {};", kept.join(", ")));
    }
    let mut replaced = Vec::new();
    let files: Vec<(&str, &str)> = files
        .into_iter()
        .flat_map(|(attributes, file)| {
            let attributes = if merges { BOTH } else { attributes };
            attributes.iter().map(move |attribute| (*attribute, file))
        })
        .collect();
    for (attribute, file) in &files {
        let statement = format!("{attribute} ");
        if statements.iter().any(|known: &String| known.starts_with(&statement)) {
            return None;
        }
        statements.push(format!("{statement}{file:?};"));
        replaced.extend(given(attribute).then(|| format!("`{attribute}`")));
    }
    let written = match statements.is_empty() {
        true => format!("remove `{key}`"),
        false => format!("write `{}`", statements.join(" ")),
    };
    let written = match replaced.is_empty() {
        true => written,
        false => format!("{written} in place of its {}", replaced.join(" and ")),
    };
    Some(match (files.is_empty(), in_background) {
        (false, _) => written,
        (true, true) => format!("{written}: it runs in the background by itself"),
        (true, false) => format!("{written}: standard output and standard error are both logged"),
    })
}
