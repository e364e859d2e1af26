//! Combinations: attributes that are right by themselves and wrong together.

use std::collections::HashMap;

use super::Problems;
use super::layers::{Effective, Layers, Services, row};
use crate::blocks;
use crate::cron::Pattern;
use crate::declaration::{Attribution, Block, Declaration, Kind};
use crate::kind::Runner;
use crate::pm2::{self, is_node, is_node_itself};
use crate::problem::{Fault, Problem};
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    blocks::each(declaration, |_, block| two_restart_delays(block, problems));
    for layers in &services.all {
        for &profile in layers.profiles() {
            cluster_runs_node(layers, profile, problems);
            messages_reach_node(layers, profile, problems);
            instances_share_port(layers, profile, problems);
            cron_comes(layers, profile, problems);
            globs_close(layers, profile, problems);
        }
    }
    ports_once(services.instances(), problems);
}

/// PM2 takes the growing delay and drops the fixed one.
fn two_restart_delays(block: &Block, problems: &mut Problems) {
    let fixed = block.setting("restart_delay");
    let growing = block.setting("exp_backoff_restart_delay");
    if let (Some(fixed), Some(growing)) = (fixed, growing) {
        let problem = Problem::new(Fault::TwoRestartDelays, fixed.key.span_id);
        problems.add(problem.with(growing.key.span_id, "the one that PM2 takes"));
    }
}

/// PM2's cluster is Node's.
fn cluster_runs_node(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let Some(mode) = layers.setting(row::EXEC_MODE, profile).given().and_then(first) else {
        return;
    };
    if !matches!(mode.value.as_name(), Some("cluster" | "cluster_mode")) {
        return;
    }
    if let Some(runs) = runs_instead(layers, profile, is_node_itself) {
        problems.add_first(Problem::new(Fault::ClusterWithoutNode { runs }, mode.span_id));
    }
}

/// Messages go over a channel that only a Node program has which PM2 started.
fn messages_reach_node(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    for (row, key) in [(row::WAIT_READY, "wait_ready"), (row::SHUTDOWN, "shutdown_with_message")] {
        let Some(setting) = layers.setting(row, profile).given() else { continue };
        let wanted = first(setting).is_some_and(|value| value.value == Value::Boolean(true));
        if wanted && let Some(runs) = runs_instead(layers, profile, is_node) {
            let fault = Fault::MessagesWithoutNode { key: key.to_owned(), runs };
            problems.add_first(Problem::new(fault, setting.key.span_id));
        }
    }
}

/// What a service runs that is not Node, as `is_node` understands it of an interpreter; `None` also
/// where that is not known.
fn runs_instead(
    layers: &Layers<'_>,
    profile: Option<&str>,
    is_node: fn(&str) -> bool,
) -> Option<&'static str> {
    let interpreter = layers.setting(row::INTERPRETER, profile);
    let by_node = match interpreter {
        Effective::Given(setting) => Some(is_node(first(setting)?.value.as_name()?)),
        Effective::Absent => None,
        Effective::Unknown => return None,
    };
    match (layers.instance.service.kind, by_node) {
        (_, Some(true)) => None,
        (Kind::Python, _) => Some("Python"),
        (Kind::Script, None) => Some("a program"),
        (_, Some(false)) => Some("something else"),
        (Kind::Node, None) => {
            let runner = layers.setting(row::RUNNER, profile).given().and_then(first)?;
            match Runner::from_word(runner.value.as_name()?)? {
                Runner::Npm => Some("npm"),
                Runner::Pipenv
                | Runner::Uv
                | Runner::Poetry
                | Runner::System
                | Runner::Venv
                | Runner::Node
                | Runner::Bun => None,
            }
        }
    }
}

/// Only a cluster shares a port.
fn instances_share_port(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let first_of = |row| layers.setting(row, profile).given().and_then(first);
    let (Some(instances), Some(port)) = (first_of(row::INSTANCES), first_of(row::PORT)) else {
        return;
    };
    let is_max = matches!(&instances.value, Value::Word(word) if word == "max");
    let count = instances.value.as_integer().or(is_max.then_some(0));
    let several = count.is_some_and(|count| count != 1);
    let fork = match layers.setting(row::EXEC_MODE, profile) {
        Effective::Given(mode) => {
            let word = first(mode).and_then(|mode| mode.value.as_name());
            word.is_some_and(|word| word.starts_with("fork"))
        }
        Effective::Absent => match layers.setting(row::INTERPRETER, profile) {
            Effective::Given(interpreter) => {
                let interpreter = first(interpreter).and_then(|value| value.value.as_name());
                let clusters = |interpreter| pm2::clusters_by_itself(Some(interpreter), count);
                interpreter.is_some_and(|interpreter| !clusters(interpreter))
            }
            Effective::Absent => {
                let is_node = runs_instead(layers, profile, is_node).is_none();
                !(is_node && pm2::clusters_by_itself(None, count))
            }
            Effective::Unknown => false,
        },
        Effective::Unknown => false,
    };
    let counts_up = !matches!(layers.setting(row::INCREMENT_VAR, profile), Effective::Absent);
    if several && fork && !counts_up && !layers.allows("instances-share-port") {
        let fault = Fault::InstancesSharePort { port: port.value.to_string() };
        let problem = Problem::new(fault, instances.span_id);
        problems.add_first(problem.with(port.span_id, "the port"));
    }
}

/// A cron pattern fits some moment.
fn cron_comes(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let Some(value) = layers.setting(row::CRON_RESTART, profile).given().and_then(first) else {
        return;
    };
    let Value::Text(written) = &value.value else { return };
    let never = written.parse::<Pattern>().is_ok_and(|pattern| !pattern.comes());
    if never && !layers.allows("cron-never-comes") {
        let fault = Fault::CronNeverComes { pattern: value.value.to_string() };
        problems.add_first(Problem::new(fault, value.span_id));
    }
}

/// chokidar takes a bracket that is not closed for a letter.
fn globs_close(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    for row in [row::WATCH, row::IGNORE_WATCH] {
        let globs = layers.setting(row, profile).given();
        for value in globs.into_iter().flat_map(Attribution::values) {
            let Value::Text(glob) = &value.value else { continue };
            if let Some(bracket) = unclosed(glob)
                && !layers.allows("unclosed-glob")
            {
                problems.add_first(Problem::new(Fault::UnclosedGlob { bracket }, value.span_id));
            }
        }
    }
}

/// The first bracket of a glob that is not closed.
fn unclosed(glob: &str) -> Option<char> {
    let mut open: Vec<char> = Vec::new();
    let mut characters = glob.chars();
    while let Some(character) = characters.next() {
        match (character, open.last()) {
            ('\\', _) => drop(characters.next()),
            (']', Some('[')) | ('}', Some('{')) | (')', Some('(')) => drop(open.pop()),
            // Between square brackets all others are letters.
            (_, Some('[')) => {}
            ('[' | '{' | '(', _) => open.push(character),
            _ => {}
        }
    }
    open.first().copied()
}

/// Two services that can run together have two ports.
fn ports_once(all: &[Layers<'_>], problems: &mut Problems) {
    let mut profiles: Vec<Option<&str>> = vec![None];
    for &profile in all.iter().flat_map(Layers::profiles) {
        if !profiles.contains(&profile) {
            profiles.push(profile);
        }
    }
    for profile in profiles {
        let mut seen: HashMap<i64, (&Layers<'_>, SpanId)> = HashMap::new();
        for layers in all.iter().filter(|layers| layers.is_part_of_the_system(profile)) {
            let port = layers.setting(row::PORT, profile).given().and_then(first);
            let number = port.and_then(|port| Some((port.value.as_integer()?, port.span_id)));
            let Some((number, span_id)) = number else { continue };
            let Some((other, first_span_id)) = seen.get(&number) else {
                seen.insert(number, (layers, span_id));
                continue;
            };
            if layers.allows("port-conflict") || other.allows("port-conflict") {
                continue;
            }
            let fault = Fault::PortConflict {
                port: number,
                service: layers.instance.name().to_string(),
                other: other.instance.name().to_string(),
                declared_in: None,
            };
            problems.add_first(Problem::new(fault, span_id).with(*first_span_id, "the other one"));
        }
    }
}

fn first(setting: &Attribution) -> Option<&Spanned<Value>> {
    setting.values().first()
}
