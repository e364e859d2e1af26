//! `max_memory_restart` where the first process, which alone is measured, only starts the program.

use super::Problems;
use super::background::CONTAINERS;
use super::layers::{Layers, Services, row};
use crate::declaration::Kind;
use crate::kind::Runner;
use crate::number::Size;
use crate::paths::file_name;
use crate::problem::{Fault, Problem};
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

const RULE: &str = "memory-of-runner";

/// Programs that start another one and stay until it ends.
const STARTERS: [&str; 11] = [
    "concurrently",
    "nodemon",
    "npm",
    "npx",
    "pnpm",
    "pnpx",
    "ts-node-dev",
    "tsx",
    "uv",
    "uvx",
    "yarn",
];

/// The process that is measured.
struct Starter<'a> {
    /// What it is called.
    written: &'a str,
    span_id: SpanId,
    instead: String,
}

pub(super) fn check(services: &Services<'_>, problems: &mut Problems) {
    for layers in &services.all {
        for &profile in layers.profiles() {
            of_service(layers, profile, problems);
        }
    }
}

fn of_service(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let Some(limit) = layers.setting(row::MAX_MEMORY, profile).given() else { return };
    let [Spanned { value: Value::Size(limit), .. }] = limit.values() else { return };
    let starter = match layers.instance.service.kind {
        Kind::Script => of_command(layers, profile, *limit),
        Kind::Node | Kind::Python => of_runner(layers, profile, *limit),
    };
    let Some(Starter { written, span_id, instead }) = starter else { return };
    if !layers.allows(RULE) {
        let fault = Fault::MemoryOfRunner { written: written.to_owned(), instead };
        problems.add_first(Problem::new(fault, span_id));
    }
}

/// `runner npm`, `runner uv`. pipenv and poetry become the program.
fn of_runner<'a>(layers: &Layers<'a>, profile: Option<&str>, limit: Size) -> Option<Starter<'a>> {
    let [runner] = layers.setting(row::RUNNER, profile).given()?.values() else { return None };
    let word = runner.value.as_name()?;
    let instead = match Runner::from_word(word)? {
        Runner::Npm => format!(
            "write `entry` with the file that the script starts, in place of `runner npm` and `run`, {}",
            limit_of_node(limit)
        ),
        Runner::Uv => {
            "write `runner venv \".venv\";`, where uv keeps the Python that it starts".to_owned()
        }
        Runner::Pipenv
        | Runner::Poetry
        | Runner::System
        | Runner::Venv
        | Runner::Node
        | Runner::Bun => return None,
    };
    Some(Starter { written: word, span_id: runner.span_id, instead })
}

/// `run "npx", "serve"`, `run "docker", "run", "redis"`
fn of_command<'a>(layers: &Layers<'a>, profile: Option<&str>, limit: Size) -> Option<Starter<'a>> {
    let (first, arguments) = layers.setting(row::RUN, profile).given()?.values().split_first()?;
    let program = file_name(first.value.as_text()?);
    let is_command =
        |word: &str| arguments.first().and_then(|value| value.value.as_text()) == Some(word);
    let instead = if CONTAINERS.contains(&program) {
        let limit = format!("{}m", mebibytes(limit));
        let texts = || arguments.iter().filter_map(|word| word.value.as_text());
        let has_limit =
            |word: &str| matches!(word, "-m" | "--memory") || word.starts_with("--memory=");
        let limited = match is_command("run") {
            true if texts().any(has_limit) => "remove `max_memory_restart`".to_owned(),
            true => {
                let (_, others) = arguments.split_first()?;
                let words = ["run", "--memory", &limit].map(|word| format!("{word:?}"));
                let words =
                    words.into_iter().chain(others.iter().map(|word| word.value.to_string()));
                let words: Vec<String> = words.collect();
                let run = format!("run {}, {};", first.value, words.join(", "));
                format!("write `{run}`, and no `max_memory_restart`")
            }
            false => format!(
                "make it with `{program} run --memory {limit}`, and no `max_memory_restart`"
            ),
        };
        format!("the container keeps to a limit of its own: {limited}")
    } else if program == "uv" && !is_command("run") || !STARTERS.contains(&program) {
        return None;
    } else {
        let package = arguments
            .first()
            .and_then(|value| value.value.as_text())
            .filter(|word| !word.starts_with('-'));
        match package.filter(|_| matches!(program, "npx" | "pnpx")) {
            Some(package) => {
                format!("start the program itself, such as `run \"node_modules/.bin/{package}\";`")
            }
            None if matches!(program, "npm" | "pnpm" | "yarn") => {
                format!("start the program itself, without `{program}`, {}", limit_of_node(limit))
            }
            None => format!("start the program itself, without `{program}`"),
        }
    };
    Some(Starter { written: program, span_id: first.span_id, instead })
}

/// The other way, where it is Node that runs behind the starter.
fn limit_of_node(limit: Size) -> String {
    format!(
        "or let Node keep to the limit: `env {{ NODE_OPTIONS = \"--max-old-space-size={}\"; }}`, and no \
         `max_memory_restart`",
        mebibytes(limit)
    )
}

fn mebibytes(limit: Size) -> u64 {
    (limit.bytes() >> 20).max(1)
}
