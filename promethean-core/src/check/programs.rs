//! Programs: one word each, in the file of the right language, and nothing beside them that has no
//! effect.

use super::layers::{Effective, Layers, Services, row};
use super::{Problems, background, shell_signs, shell_words};
use crate::blocks;
use crate::declaration::{Attribution, Block, Declaration, Kind, Probe, ProbeKind, Purpose};
use crate::kind::Runner;
use crate::paths::file_name;
use crate::problem::{Fault, Problem};
use crate::service_facts::{TakenPlace, bit, is_useless};
use crate::shell::{assignment, with_shell};
use crate::span_id::Spanned;
use crate::value::Value;

pub(super) const COMMAND_LINE: &str = "command-line";

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    blocks::each(declaration, |_, block| {
        counters_differ(block, problems);
        modules_have_names(block, problems);
    });
    for layers in &services.all {
        for &profile in layers.profiles() {
            one_word_each(layers, profile, problems);
            shell_signs::of_service(layers, profile, problems);
            shell_words::of_service(layers, profile, problems);
            background::check(layers, profile, problems);
            files_of_the_language(layers, profile, problems);
            nothing_without_effect(layers, profile, problems);
        }
        for probe in layers.probes_in(None) {
            probe_is_a_command(layers, probe, problems);
        }
    }
    for probe in external_probes(declaration) {
        if let Some(problem) = command_of_probe(Purpose::Ready, probe)
            && !declaration.defaults.allows(problem.fault.rule())
        {
            problems.add_first(problem);
        }
    }
}

/// What is wrong with what a service runs, by itself.
pub(crate) fn wrong_programs(declaration: &Declaration) -> Vec<Problem> {
    let mut problems = Problems::default();
    check(declaration, &Services::of(declaration), &mut problems);
    problems.sorted(declaration)
}

/// What takes the place of something else makes it useless, beside it and in a weaker block.
fn nothing_without_effect(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let Some(TakenPlace { key, useless, beside, by }) = layers.facts(profile).takes_place() else {
        return;
    };
    let placed = |bit| layers.placed(bit, profile);
    let (Some((level, setting)), Some((stronger_level, stronger))) = (placed(useless), placed(by))
    else {
        return;
    };
    // The block of a profile is stronger than the one that it is in.
    let is_useless = match level.0 == stronger_level.0 {
        true => level >= stronger_level,
        false => is_useless(level.0, stronger_level.0),
    };
    if !is_useless {
        return;
    }
    let fault = Fault::NoEffect { key: key.to_owned(), beside: beside.to_owned() };
    let problem = match level >= stronger_level {
        true => Problem::new(fault, setting.key.span_id).with(stronger.key.span_id, "what runs"),
        false => Problem::new(fault, stronger.key.span_id).with(setting.key.span_id, key),
    };
    problems.add_first(problem);
}

/// PM2 writes two numbers into one variable.
fn counters_differ(block: &Block, problems: &mut Problems) {
    let named = |key: &str| block.setting(key).and_then(first);
    if let (Some(counted), Some(instance)) = (named("increment_var"), named("instance_var"))
        && counted.value.as_name() == instance.value.as_name()
        && counted.value.as_name().is_some()
    {
        let (key, beside) = ("increment_var".to_owned(), "instance_var".to_owned());
        let problem = Problem::new(Fault::NoEffect { key, beside }, counted.span_id);
        problems.add(problem.with(instance.span_id, "the same variable"));
    }
}

/// `python -m` takes the name of a module, not of a file.
fn modules_have_names(block: &Block, problems: &mut Problems) {
    let Some(module) = block.setting("module").and_then(first) else { return };
    let Value::Text(written) = &module.value else { return };
    let is_file = written.ends_with(".py") || written.contains(['/', ':']);
    if !is_file && !written.contains(char::is_whitespace) {
        return;
    }
    let last = written.split_whitespace().last().unwrap_or_default();
    let instead = match last.split_once(':') {
        Some(_) => format!(
            "an application is run by its server: `run \"uvicorn\", {last:?};` in place of `module`"
        ),
        None => {
            let path = last.trim_start_matches("./").trim_end_matches('/');
            let path = path.strip_suffix(".py").unwrap_or(path);
            let path = path.strip_suffix("/__main__").unwrap_or(path);
            format!("write `module {};`", module_name(path))
        }
    };
    let fault = Fault::NotAModule { found: module.value.to_string(), instead };
    problems.add(Problem::new(fault, module.span_id));
}

/// A module as it is written: `main`, `"app.server"`.
fn module_name(path: &str) -> String {
    let name = path.replace('/', ".");
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    match !name.is_empty() && name.chars().all(is_word) {
        true => name,
        false => format!("{name:?}"),
    }
}

/// No shell takes a text apart: the program and each argument are texts of their own.
fn one_word_each(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let kind = layers.instance.service.kind;
    for (row, key) in [
        (row::RUN, "run"),
        (row::ENTRY, "entry"),
        (row::ARGS, "args"),
        (row::NODE_ARGS, "node_args"),
    ] {
        let Some(setting) = layers.setting(row, profile).given() else { continue };
        let values = setting.values();
        let program = matches!(key, "run" | "entry");
        let Some((index, text)) = command_line(values, program) else { continue };
        // That `run` is not for Node itself is an error of its own.
        let is_run_of_node = key == "run" && layers.facts(profile).wrong_run().is_some();
        if layers.allows(COMMAND_LINE) || is_run_of_node && kind == Kind::Node {
            continue;
        }
        let Some(value) = values.get(index) else { continue };
        let words = words_of(text);
        let begins_with = words.iter().flatten().map_while(|word| assignment(word));
        let variables: Vec<(&str, &str)> = match (key, kind) {
            ("run", Kind::Python | Kind::Script) => begins_with.collect(),
            _ => Vec::new(),
        };
        // `run "NAME=two words", "./start";`
        if !variables.is_empty() && values.len() > 1 {
            continue;
        }
        let instead = match (key, kind, &words) {
            (_, _, Some(words)) if !variables.is_empty() => {
                let program = words.iter().skip(variables.len()).map(|word| format!("{word:?}"));
                shell_words::with_variables(&program.collect::<Vec<_>>(), &variables, layers)
            }
            ("entry", _, Some(words)) => of_entry(words),
            ("run", Kind::Node, Some(words)) => of_npm("", words),
            (_, _, Some(words)) => statement(key, values, index, words),
            (_, _, None) => statement(key, values, index, &with_shell(text)),
        };
        let fault = Fault::CommandLine { written: value.value.to_string(), instead };
        problems.add_first(Problem::new(fault, value.span_id));
    }
}

fn probe_is_a_command(
    layers: &Layers<'_>,
    (purpose, probe): (Purpose, &Probe),
    problems: &mut Problems,
) {
    if let Some(problem) = command_of_probe(purpose, probe)
        && !layers.allows(problem.fault.rule())
    {
        problems.add_first(problem);
    }
}

/// What is wrong with the program of a probe and its arguments.
fn command_of_probe(purpose: Purpose, probe: &Probe) -> Option<Problem> {
    command_line_of_probe(purpose, probe)
        .or_else(|| shell_signs::of_probe(purpose, probe))
        .or_else(|| shell_words::of_probe(purpose, probe))
}

fn command_line_of_probe(purpose: Purpose, probe: &Probe) -> Option<Problem> {
    if probe.kind.value != ProbeKind::Exec {
        return None;
    }
    let (index, text) = command_line(&probe.values, true)?;
    let words = words_of(text).unwrap_or_else(|| with_shell(text));
    let instead = statement(&format!("{} exec", purpose.word()), &probe.values, index, &words);
    let value = probe.values.get(index)?;
    let fault = Fault::CommandLine { written: value.value.to_string(), instead };
    Some(Problem::new(fault, value.span_id))
}

fn external_probes(declaration: &Declaration) -> impl Iterator<Item = &Probe> {
    declaration.units.iter().filter_map(|unit| match unit {
        crate::declaration::Unit::External(external) => external.ready.as_deref(),
        crate::declaration::Unit::Agent(_)
        | crate::declaration::Unit::Service(_)
        | crate::declaration::Unit::Include(_) => None,
    })
}

/// The first text that is several words to a shell: a program with its arguments, or a flag with
/// its value. Behind a flag, such as `-c`, anything may be one word.
fn command_line(values: &[Spanned<Value>], program: bool) -> Option<(usize, &str)> {
    let mut after_flag = false;
    for (index, value) in values.iter().enumerate() {
        let Value::Text(text) = &value.value else {
            after_flag = false;
            continue;
        };
        let is_program = program && index == 0;
        let several = if is_program { has_arguments(text) } else { !after_flag && has_flags(text) };
        if several {
            return Some((index, text));
        }
        after_flag = text.starts_with('-') && !text.contains('=');
    }
    None
}

fn has_arguments(text: &str) -> bool {
    let text = text.trim();
    !text.contains('{') && text.contains(char::is_whitespace)
}

/// `--port 80`, `start --port 80`, `--a=1 --b=2`
fn has_flags(text: &str) -> bool {
    let Some((first, rest)) = text.split_once(' ') else { return false };
    let is_flag = |word: &str| {
        let name = word.trim_start_matches('-');
        word.starts_with('-') && name.starts_with(|first: char| first.is_ascii_alphabetic())
    };
    let flags = rest.split(' ').any(|word| is_flag(word) && word.starts_with("--"));
    flags || is_flag(first) && !first.contains('=')
}

/// The words of a command line; `None` where only a shell can run it.
fn words_of(text: &str) -> Option<Vec<String>> {
    let needs_shell = text.contains(['|', '&', ';', '<', '>', '$', '*', '`', '~']);
    shlex::split(text).filter(|words| !needs_shell && !words.is_empty())
}

/// `run "npm", "run", "start";`, with the other values as they are.
fn statement(key: &str, values: &[Spanned<Value>], index: usize, words: &[String]) -> String {
    let written = values.iter().enumerate().flat_map(|(other, value)| match other == index {
        true => words.iter().map(|word| format!("{word:?}")).collect(),
        false => vec![value.value.to_string()],
    });
    format!("write `{key} {};`", written.collect::<Vec<_>>().join(", "))
}

/// `entry "index.js --port 80"`
fn of_entry(words: &[String]) -> String {
    if words.first().is_some_and(|first| first == Runner::Npm.word()) {
        return of_npm("runner npm; ", words);
    }
    let words: Vec<&String> = words.iter().skip_while(|word| *word == "node").collect();
    let quoted = |words: &[&String]| {
        words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ")
    };
    let file = words.iter().position(|word| !word.starts_with('-')).unwrap_or(0);
    let (before, rest) = words.split_at(file);
    let Some((entry, args)) = rest.split_first() else { return "write the file alone".to_owned() };
    let mut statements = vec![format!("entry {entry:?};")];
    if !before.is_empty() {
        statements.push(format!("node_args {};", quoted(before)));
    }
    if !args.is_empty() {
        statements.push(format!("args {};", quoted(args)));
    }
    format!("write `{}`", statements.join(" "))
}

/// `run "npm run dev -- --port 80"`: the script alone, and the arguments for it, behind other statements.
fn of_npm(before: &str, words: &[String]) -> String {
    let is_npm = |word: &&String| ["npm", "yarn", "pnpm", "run"].contains(&word.as_str());
    let mut words = words.iter().skip_while(is_npm);
    let script = words.next().map_or("start", String::as_str);
    let args: Vec<String> =
        words.filter(|word| *word != "--").map(|word| format!("{word:?}")).collect();
    match args.is_empty() {
        true => format!("write `{before}run {script:?};`"),
        false => format!("write `{before}run {script:?}; args {};`", args.join(", ")),
    }
}

/// Node runs JavaScript, and Python runs Python.
fn files_of_the_language(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let service = layers.instance.service;
    let row = match service.kind {
        Kind::Node => row::ENTRY,
        Kind::Python | Kind::Script => row::RUN,
    };
    let interpreter = layers.setting(row::INTERPRETER, profile);
    if interpreter.given().is_some() {
        return;
    }
    let Some(value) = layers.setting(row, profile).given().and_then(first) else { return };
    let Value::Text(file) = &value.value else { return };
    let Some((_, extension)) = file_name(file).rsplit_once('.') else { return };
    let language = match extension {
        "py" => "Python",
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" => "JavaScript",
        "sh" | "bash" | "zsh" | "rb" | "go" | "php" | "pl" | "rs" | "java" | "jar" | "exe"
        | "lua" | "ps1" | "bat" => "another language",
        _ => return,
    };
    // What is named by its path can be a program.
    let by_path = file.starts_with(['.', '/']);
    let wrong = match service.kind {
        Kind::Node => language != "JavaScript",
        Kind::Python => language == "Python" && !by_path,
        Kind::Script => language != "another language" && !by_path && !file.contains('/'),
    };
    if !wrong || file.contains(char::is_whitespace) || layers.allows("wrong-file") {
        return;
    }
    let elsewhere = match (interpreter, profile) {
        // Used defaults may give one in the same profile, which the compiler does not see.
        (Effective::Unknown, Some(_)) => return,
        (Effective::Unknown, None) => layers.elsewhere(bit::INTERPRETER),
        (Effective::Given(_) | Effective::Absent, _) => None,
    };
    let name = &service.name.value;
    let directory = service.directory.as_ref();
    let directory = directory.map_or(String::new(), |directory| format!(" {:?}", directory.value));
    let module = file.strip_suffix(".py").map(|file| module_name(file.trim_start_matches("./")));
    let instead = match (service.kind, language, module) {
        (Kind::Python, _, Some(module)) => format!("write `module {module};`"),
        (_, "Python", Some(module)) => {
            format!("write `python {name}{directory} {{ module {module}; }}`")
        }
        (_, "JavaScript", _) => format!("write `node {name}{directory} {{ entry {file:?}; }}`"),
        _ => {
            let program = if by_path { file.to_string() } else { format!("./{file}") };
            format!("write `script {name}{directory} {{ run {program:?}; }}`")
        }
    };
    let fault = Fault::WrongFile { file: file.to_string(), language, kind: service.kind, instead };
    problems.add_first(Problem::new(fault, value.span_id).unless(elsewhere));
}

fn first(setting: &Attribution) -> Option<&Spanned<Value>> {
    setting.values().first()
}
