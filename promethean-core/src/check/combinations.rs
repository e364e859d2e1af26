//! Combinations: attributes that are right by themselves and wrong together.

use super::Problems;
use super::layers::{Layers, Services, row};
use crate::address::Address;
use crate::attribute::ATTRIBUTES;
use crate::blocks;
use crate::cron::Pattern;
use crate::declaration::{Attribution, Block, Declaration};
use crate::endpoint::Place;
use crate::problem::texts::PORT_OF_SERVICE;
use crate::problem::{Fault, Problem};
use crate::service_facts::{Facts, bit};
use crate::span_id::Spanned;
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    blocks::each(declaration, |_, block| two_restart_delays(block, problems));
    for layers in &services.all {
        for &profile in layers.profiles() {
            let facts = layers.facts(profile);
            cluster_runs_node(layers, profile, &facts, problems);
            messages_reach_node(layers, profile, &facts, problems);
            instances_share_port(layers, profile, &facts, problems);
            the_delay_has_an_effect(layers, profile, &facts, problems);
            cron_comes(layers, profile, problems);
            globs_close(layers, profile, problems);
        }
    }
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

/// The same over the blocks of a service: a fixed delay beside a growing one of a weaker block. A template of another
/// file may take the growing one away: of such services only the compiler, which has all files, knows.
fn the_delay_has_an_effect(
    layers: &Layers<'_>,
    profile: Option<&str>,
    facts: &Facts,
    problems: &mut Problems,
) {
    let given = |row| layers.setting(row, profile).given();
    if facts.delay_has_no_effect()
        && layers.elsewhere(0).is_none()
        && let (Some(fixed), Some(growing)) = (given(row::RESTART_DELAY), given(row::BACKOFF))
    {
        let problem = Problem::new(Fault::TwoRestartDelays, fixed.key.span_id);
        problems.add_first(problem.with(growing.key.span_id, "the one that PM2 takes"));
    }
}

/// PM2's cluster is Node's.
fn cluster_runs_node(
    layers: &Layers<'_>,
    profile: Option<&str>,
    facts: &Facts,
    problems: &mut Problems,
) {
    let mode = layers.setting(row::EXEC_MODE, profile).given().and_then(first);
    if let (Some(runs), Some(mode)) = (facts.runs_in_cluster_without_node(), mode) {
        problems.add_first(Problem::new(Fault::ClusterWithoutNode { runs }, mode.span_id));
    }
}

/// Messages go over a channel that only a Node program has which PM2 started.
fn messages_reach_node(
    layers: &Layers<'_>,
    profile: Option<&str>,
    facts: &Facts,
    problems: &mut Problems,
) {
    for (row, bit) in [(row::WAIT_READY, bit::WAIT_READY), (row::SHUTDOWN, bit::SHUTDOWN)] {
        let setting = layers.setting(row, profile).given();
        if let (Some(runs), Some(setting)) = (facts.runs_without_messages(bit), setting) {
            let key = ATTRIBUTES[row].name.to_owned();
            let fault = Fault::MessagesWithoutNode { key, runs };
            problems.add_first(Problem::new(fault, setting.key.span_id));
        }
    }
}

/// Only a cluster shares a port.
fn instances_share_port(
    layers: &Layers<'_>,
    profile: Option<&str>,
    facts: &Facts,
    problems: &mut Problems,
) {
    if !facts.instances_share_port() {
        return;
    }
    let endpoints = layers.endpoints_if_any(profile);
    let port = endpoints.iter().find(|endpoint| endpoint.name.is_empty());
    let instances = layers.setting(row::INSTANCES, profile).given().and_then(first);
    if let (Some(instances), Some(port)) = (instances, port)
        && !layers.allows("instances-share-port")
    {
        let written = match port.place() {
            Place::At(Address { port, .. }) => port.to_string(),
            Place::Auto | Place::Unknown => PORT_OF_SERVICE.to_owned(),
        };
        let fault = Fault::InstancesSharePort { port: written };
        let problem = Problem::new(fault, instances.span_id).unless(layers.elsewhere(0));
        problems.add_first(problem.with(port.span_id(), "the port"));
    }
}

/// A cron pattern fits some moment.
fn cron_comes(layers: &Layers<'_>, profile: Option<&str>, problems: &mut Problems) {
    let Some(value) = layers.setting(row::CRON_RESTART, profile).given().and_then(first) else {
        return;
    };
    let Value::Text(written) = &value.value else { return };
    if cron_never_comes(written) && !layers.allows("cron-never-comes") {
        let fault = Fault::CronNeverComes { pattern: value.value.to_string() };
        let problem = Problem::new(fault, value.span_id);
        problems.add_first(problem.unless(layers.elsewhere(0)));
    }
}

/// Whether a cron pattern is valid and fits no moment.
pub(crate) fn cron_never_comes(written: &str) -> bool {
    written.parse::<Pattern>().is_ok_and(|pattern| !pattern.comes())
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
                let problem = Problem::new(Fault::UnclosedGlob { bracket }, value.span_id);
                problems.add_first(problem.unless(layers.elsewhere(0)));
            }
        }
    }
}

/// The first bracket of a glob that is not closed.
pub(crate) fn unclosed(glob: &str) -> Option<char> {
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

fn first(setting: &Attribution) -> Option<&Spanned<Value>> {
    setting.values().first()
}
