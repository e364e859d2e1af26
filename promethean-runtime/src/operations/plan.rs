//! The difference between what runs and the definition.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

use promethean_core::app::{App, System};
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign;
use serde::{Deserialize as _, Serialize, Serializer};
use serde_json::Value;

use super::event::Note;
use super::profiles::ProfileChange;
use super::schedule::Condition;
use super::state::State;
use super::target::Target;
use crate::engine::environment::is_base;
use crate::engine::times::since_epoch;
use crate::engine::{Definition, Engine, Owner, Phase, Process, Record, Topic};

/// The steps that make what runs match the definition.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    /// A step for each app: first removals, in order, then defined apps in the order of their
    /// dependencies.
    pub steps: Vec<Step>,
    /// The apps that run with another profile than that of the plan.
    pub profiles: Vec<ProfileChange>,
    /// The operating system's numbers of processes that run and that no engine lists: they are ended first. Left out
    /// where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orphans: Vec<u32>,
    /// The apps that run on another machine than they are defined to run on: only another configuration of the
    /// machines moves them. Left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<String>,
    /// What is left as it is, and ought to be known.
    #[serde(serialize_with = "as_notes")]
    pub notes: Vec<Diagnostic>,
}

fn as_notes<S: Serializer>(notes: &[Diagnostic], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(notes.iter().cloned().map(Note::from))
}

/// The step for an app.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The app's name in the engine.
    pub app: String,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
    /// The engine's numbers of its current processes.
    #[serde(skip)]
    pub processes: Vec<u64>,
    /// The machines that it can run on; left out where the system has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<String>,
}

/// What is done with an app.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// It runs with the current definition.
    Keep,
    /// It does not run.
    Create,
    /// It runs with an older definition.
    Change {
        /// What differs.
        fields: Vec<Difference>,
    },
    /// It runs with the current definition but for the number of processes; those that run stay.
    Scale {
        /// How many there are.
        from: usize,
        /// How many there will be.
        to: usize,
    },
    /// The engine does not have it as one app with the right number of processes.
    Replace {
        /// What it holds instead.
        reason: String,
    },
    /// It has the right definition and does not run.
    Restart {
        /// What it does instead.
        reason: String,
    },
    /// It runs and is no longer defined.
    Remove,
}

/// A field of a definition that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The attribute, or `env.NAME`.
    pub field: String,
    /// The current value; `None` if it is not set or secret.
    pub old: Option<String>,
    /// The new value; `None` if it is not set or secret.
    pub new: Option<String>,
    /// Whether its values are not shown: secrets, and what comes from a shell.
    pub secret: bool,
    /// Whether it is a variable that is inherited, whose value whoever runs the command decides.
    pub inherited: bool,
}

/// An app name of the system that is already in use by another app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Foreign {
    /// The name.
    pub app: String,
    /// The ecosystem that started it; `None` if it was started by hand.
    pub owner: Option<Owner>,
    /// The engine's command that removes it.
    pub removal: String,
}

impl Plan {
    /// The plan for the wanted apps of a target. Only a target of all units removes apps that are no longer
    /// defined.
    ///
    /// # Errors
    ///
    /// The app names that are already in use.
    pub(super) fn new(
        engine: &dyn Engine,
        target: &Target,
        definitions: &[Definition<'_>],
        running: &[Process],
        processors: usize,
    ) -> Result<Plan, Vec<Foreign>> {
        let mut running = by_name(running);
        let notes = apart(engine, &mut running, |process| is_gone(process, target));
        let mut plan = Plan { notes, ..Plan::default() };
        plan.remove(target, &running);
        let mut foreign = Vec::new();
        for definition in definitions {
            let present = running.get(definition.app.name.as_str());
            let present = present.map(Vec::as_slice).unwrap_or_default();
            let is_other = |process: &&&Process| !is_ours(process, target.owner(), definition.app);
            let others: Vec<&Process> = present.iter().filter(is_other).copied().collect();
            if let Some(process) = others.first() {
                foreign.push(Foreign {
                    app: process.name.clone(),
                    owner: process.record.as_ref().map(|record| record.owner.clone()),
                    removal: removal(engine, &others, present.len()),
                });
                continue;
            }
            let mut action = action(engine, definition, present, processors);
            if let Some(owner) = other_owner(present, target, definition.app)
                && matches!(action, Action::Change { .. } | Action::Scale { .. })
            {
                let app = &definition.app.name;
                let note = format!(
                    "{app} is shared with {} in {} and kept as it runs: the definitions differ",
                    foreign::Foreign(owner),
                    foreign::Foreign(&owner.root),
                );
                let help = format!("`up {app}` applies this one");
                plan.notes.push(Diagnostic::new(note).help(help));
                action = Action::Keep;
            }
            if matches!(action, Action::Change { .. } | Action::Replace { .. }) {
                plan.notes.extend(what_it_means_for_a_job(definition.app, present, definitions));
            }
            plan.steps.push(Step {
                app: definition.app.name.to_string(),
                action,
                processes: present.iter().map(|process| process.id).collect(),
                machines: definition.app.machines.iter().map(ToString::to_string).collect(),
            });
        }
        match foreign.is_empty() {
            true => Ok(plan),
            false => Err(foreign),
        }
    }

    /// Removes what the ecosystem once started and does not have any more, dependents first.
    fn remove(&mut self, target: &Target, running: &BTreeMap<&str, Vec<&Process>>) {
        let gone =
            |processes: &&Vec<&Process>| processes.iter().all(|process| is_gone(process, target));
        let gone: Vec<&Vec<&Process>> = running.values().filter(gone).collect();
        for processes in dependents_first(&gone) {
            let app = processes.first().map(|process| process.name.clone()).unwrap_or_default();
            if processes.iter().any(|process| is_a_job_at_work(process)) {
                let help = "`plan` says so as long as it is at work";
                self.notes.push(ends_before_it_is_done(&app).help(help));
            }
            self.steps.push(Step {
                app,
                action: Action::Remove,
                processes: processes.iter().map(|process| process.id).collect(),
                machines: Vec::new(),
            });
        }
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.profiles.is_empty()
            && self.orphans.is_empty()
            && self.steps.iter().all(|step| step.action == Action::Keep)
    }

    /// Whether what runs is not what is defined, also where nothing here changes that.
    #[must_use]
    pub fn differs(&self) -> bool {
        !self.is_empty() || !self.elsewhere.is_empty()
    }

    /// The steps that end what runs: whoever uses it goes without it for a moment.
    pub(super) fn ending<'p>(
        &'p self,
        engine: &'p dyn Engine,
        system: &'p System,
    ) -> impl Iterator<Item = &'p Step> {
        let ends = move |step: &&Step| match &step.action {
            // Of a cluster one always listens, where its processes are replaced one after the other.
            Action::Change { fields } => {
                let app = system.app(&step.app);
                !app.is_some_and(|app| can_replace(engine, app, fields))
            }
            Action::Replace { .. } | Action::Restart { .. } => true,
            Action::Keep | Action::Create | Action::Scale { .. } | Action::Remove => false,
        };
        self.steps.iter().filter(|step| !step.processes.is_empty()).filter(ends)
    }

    /// The apps that have no part in the plan, and that the engine restarts because of it
    /// (`depends_on db (restarts)`): each with the app that it restarts with.
    #[must_use]
    pub fn restarted_with<'s>(
        &self,
        engine: &dyn Engine,
        system: &'s System,
    ) -> BTreeMap<&'s str, &'s str> {
        let mut restarted = BTreeMap::new();
        if engine.limits().iter().any(|limit| limit.kind == Topic::Restarts) {
            return restarted;
        }
        let changed = self.steps.iter().filter(|step| step.action != Action::Keep);
        let changed: BTreeSet<&str> = changed.map(|step| step.app.as_str()).collect();
        let ending = self.ending(engine, system).map(|step| step.app.as_str());
        let ending: BTreeSet<&str> = ending.collect();
        // Each is behind what it depends on.
        for app in system.apps.iter().filter(|app| !changed.contains(app.name.as_str())) {
            let restarts = |on: &str| ending.contains(on) || restarted.contains_key(on);
            let with = app.depends_on.iter().find(|on| on.restarts && restarts(&on.on));
            if let Some(with) = with {
                restarted.insert(app.name.as_str(), with.on.as_str());
            }
        }
        restarted
    }

    /// How many steps there are of each kind, in the order of [`Action`]'s kinds.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let kinds = ["create", "change", "scale", "replace", "restart", "remove", "keep"];
        let count = |kind| self.steps.iter().filter(|step| step.action.kind() == kind).count();
        kinds.into_iter().map(|kind| (kind, count(kind))).collect()
    }
}

impl Action {
    /// Its word: `keep`, `create`, `change`, `scale`, `replace`, `restart` or `remove`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Action::Keep => "keep",
            Action::Create => "create",
            Action::Change { .. } => "change",
            Action::Scale { .. } => "scale",
            Action::Replace { .. } => "replace",
            Action::Restart { .. } => "restart",
            Action::Remove => "remove",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = if self.inherited { "inherited from this shell" } else { "secret" };
        if self.secret {
            return write!(formatter, "{}: changed ({hidden})", foreign::Foreign(&self.field));
        }
        let shown = |value: &Option<String>| match value {
            Some(value) => foreign::Foreign(value).to_string(),
            None => "not set".to_owned(),
        };
        let field = foreign::Foreign(&self.field);
        write!(formatter, "{field}: {} → {}", shown(&self.old), shown(&self.new))
    }
}

/// Whether what is done once, or at its times, is being done.
fn is_at_work(app: &App, present: &[&Process], all: &[Definition<'_>]) -> bool {
    let is_awaited = || {
        let dependencies = all.iter().flat_map(|definition| &definition.app.depends_on);
        dependencies
            .filter(|dependency| dependency.on == app.name)
            .any(|dependency| dependency.condition == Condition::Completed)
    };
    let policy = app.restart_policy();
    let is_job =
        || app.ends_with(0) && (!policy.restarts || policy.schedule.is_some() || is_awaited());
    present.iter().any(|process| is_a_job_at_work(process))
        || present.iter().any(|process| process.is_online()) && is_job()
}

/// What a change does to what is done once, or at its times.
fn what_it_means_for_a_job(
    app: &App,
    present: &[&Process],
    all: &[Definition<'_>],
) -> Option<Diagnostic> {
    let name = foreign::Foreign(&app.name);
    if is_at_work(app, present, all) {
        let help = format!("wait until `status {name}` says that it has completed");
        return Some(ends_before_it_is_done(&app.name).help(help));
    }
    let runs_now = app.starts_by_itself() && app.ends_with(0);
    let schedule = app.restart_policy().schedule.filter(|_| runs_now)?;
    let times = foreign::Foreign(format!("{schedule:?}"));
    Some(Diagnostic::new(format!(
        "{name}: it runs now, too, and then as `cron_restart {times}` says"
    )))
}

/// Whether it was started to be done once, or at its times, and is being done.
fn is_a_job_at_work(process: &Process) -> bool {
    process.is_online() && process.record.as_ref().is_some_and(Record::is_job)
}

fn ends_before_it_is_done(app: &str) -> Diagnostic {
    let app = foreign::Foreign(app);
    Diagnostic::new(format!("{app}: it is at work, and is ended before it has completed"))
}

/// The processes of each app, in the engine's order.
pub(super) fn by_name(running: &[Process]) -> BTreeMap<&str, Vec<&Process>> {
    let mut by_name: BTreeMap<&str, Vec<&Process>> = BTreeMap::new();
    for process in running {
        by_name.entry(&process.name).or_default().push(process);
    }
    by_name
}

/// Whether a process is this app: the ecosystem started it, or another that has the same service,
/// as when a service's own file and the master ecosystem both bring it up.
pub(super) fn is_ours(process: &Process, owner: &Owner, app: &App) -> bool {
    process.record.as_ref().is_some_and(|record| {
        let same_service =
            record.directory == app.directory && record.agent.as_deref() == app.agent.as_deref();
        record.owner.is(owner) || same_service
    })
}

/// Whether a process is one of the target's ecosystem.
pub(super) fn belongs_to(process: &Process, target: &Target) -> bool {
    match target.system().app(&process.name) {
        Some(app) => is_ours(process, target.owner(), app),
        None => process.record.as_ref().is_some_and(|record| record.owner.is(target.owner())),
    }
}

/// The other ecosystem that started a service which both have, where nobody asks for the service by name
/// and it runs as it should: each takes it as it is.
pub(super) fn other_owner<'p>(
    present: &[&'p Process],
    target: &Target,
    app: &App,
) -> Option<&'p Owner> {
    let is_asked_for = !target.is_whole() && target.named().any(|named| named.name == app.name);
    if is_asked_for || !present.iter().all(|process| is_as_it_should(process, app)) {
        return None;
    }
    let owners = present.iter().filter_map(|process| process.record.as_ref());
    let mut others = owners.map(|record| &record.owner);
    others.find(|owner| !owner.is(target.owner()) && !owner.may_be(target.owner()))
}

/// Leaves of each name that others use, too, the processes that are one's own. Returns what is said of the others.
pub(super) fn apart<'p>(
    engine: &dyn Engine,
    running: &mut BTreeMap<&'p str, Vec<&'p Process>>,
    is_own: impl Fn(&Process) -> bool,
) -> Vec<Diagnostic> {
    let mut notes = Vec::new();
    for (name, processes) in running {
        let (own, others): (Vec<&Process>, Vec<&Process>) =
            processes.iter().copied().partition(|process| is_own(process));
        if own.is_empty() || others.is_empty() {
            continue;
        }
        let (name, removal) = (foreign::Foreign(name), removal(engine, &others, processes.len()));
        let note =
            Diagnostic::new(format!("{name}: an app of that name that others started runs on"));
        notes.push(note.help(format!("`{removal}` removes it")));
        *processes = own;
    }
    notes
}

/// The engine's command that removes these processes, and no others of their name.
fn removal(engine: &dyn Engine, processes: &[&Process], of_that_name: usize) -> String {
    let name = processes.first().map(|process| process.name.as_str()).unwrap_or_default();
    if processes.len() == of_that_name {
        return engine.removal(name);
    }
    let ids: Vec<String> = processes.iter().map(|process| process.id.to_string()).collect();
    engine.removal(&ids.join(" "))
}

/// Whether a process is one that the ecosystem once started and does not have any more.
fn is_left_over(process: &Process, target: &Target) -> bool {
    let owner = process.record.as_ref().map(|record| &record.owner);
    owner.is_some_and(|owner| owner.is(target.owner()))
        && target.system().app(&process.name).is_none()
}

/// Whether a process is one that an operation on all of the ecosystem removes.
fn is_gone(process: &Process, target: &Target) -> bool {
    target.is_whole() && is_left_over(process, target)
}

/// Sorts apps so that each is before those it depends on. Apps that depend on each other in a circle,
/// as old and new definitions can, come last.
fn dependents_first<'p, 'a>(apps: &[&'p Vec<&'a Process>]) -> Vec<&'p Vec<&'a Process>> {
    let name = |app: &Vec<&Process>| app.first().map(|process| process.name.clone());
    let mut left: Vec<&Vec<&Process>> = apps.to_vec();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let needed: BTreeSet<&str> = left
            .iter()
            .flat_map(|app| app.iter())
            .filter_map(|process| process.record.as_ref())
            .flat_map(|record| record.depends_on.iter().map(String::as_str))
            .collect();
        let (free, rest): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|app| name(app).is_none_or(|name| !needed.contains(name.as_str())));
        left = rest;
        if free.is_empty() {
            order.append(&mut left);
        }
        order.extend(free);
    }
    order
}

fn action(
    engine: &dyn Engine,
    definition: &Definition<'_>,
    present: &[&Process],
    processors: usize,
) -> Action {
    let Some(first) = present.first() else { return Action::Create };
    let wanted = definition.processes(processors);
    if let Some(wanted) = wanted.filter(|wanted| *wanted != present.len()) {
        let mut fields = differences(engine, definition, first);
        let is_current = |process: &&&Process| {
            differences(engine, definition, process).is_empty()
                && is_as_it_should(process, definition.app)
        };
        if engine.can_scale(definition.app)
            && present.iter().filter(is_current).count() == present.len()
        {
            return Action::Scale { from: present.len(), to: wanted };
        }
        // Another number was written: that is a change like any other.
        let count = present.len();
        if !fields.is_empty() {
            if fields.iter().all(|difference| difference.field != INSTANCES) {
                fields.push(Difference {
                    field: INSTANCES.to_owned(),
                    old: Some(count.to_string()),
                    new: Some(wanted.to_string()),
                    secret: false,
                    inherited: false,
                });
            }
            return Action::Change { fields };
        }
        let processes = if count == 1 { "process" } else { "processes" };
        return Action::Replace { reason: format!("{count} {processes} of that name") };
    }
    let mut fields: Vec<Difference> = Vec::new();
    for process in present {
        for difference in differences(engine, definition, process) {
            if !fields.contains(&difference) {
                fields.push(difference);
            }
        }
    }
    if !fields.is_empty() {
        return Action::Change { fields };
    }
    match present.iter().find(|process| !is_as_it_should(process, definition.app)) {
        None => Action::Keep,
        Some(process) => Action::Restart {
            reason: State::of(process, definition.app, since_epoch()).to_string(),
        },
    }
}

/// Whether a process is in the state that its definition wants: it runs, it is between two runs because a
/// schedule or a watch has asked for a restart, it has done what it does once, or it is not started until
/// somebody does. That it has ended also holds while the processes end that it has started.
pub(super) fn is_as_it_should(process: &Process, app: &App) -> bool {
    let has_ended = process.has_ended_by_itself();
    let succeeded = process.exit_code == Some(0);
    process.is_online()
        || app.is_restarted_on_request() && process.is_being_replaced
        || app.ends_with(0) && (process.has_completed() || has_ended && succeeded)
        || is_only_listed(app, &[process])
        || !app.starts_by_itself() && (has_ended || process.is_launching())
}

/// Whether the engine lists an app and has not started it, as its definition says: `autostart false`.
pub(super) fn is_only_listed(app: &App, processes: &[&Process]) -> bool {
    !app.starts_by_itself() && processes.iter().all(|process| process.phase == Phase::Stopped)
}

/// Whether an engine can make these changes while the processes of an app, which share what they listen on, go on.
pub(super) fn can_replace(engine: &dyn Engine, app: &App, fields: &[Difference]) -> bool {
    let fields = fields.iter().map(|field| field.field.as_str());
    // Their number changes when they have their new definition.
    let changed: Vec<&str> =
        fields.filter(|field| *field != INSTANCES || !engine.can_scale(app)).collect();
    engine.can_replace(app, &changed)
}

/// The attribute that says how many processes an app has.
const INSTANCES: &str = "instances";

/// What differs between a definition and what a process was started with.
pub(super) fn differences(
    engine: &dyn Engine,
    definition: &Definition<'_>,
    process: &Process,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    if let Some(record) = &process.record {
        attributes(definition, record, &mut differences);
    }
    // How many there are is seen by counting them.
    if engine.can_scale(definition.app) && process.shares == definition.app.runs_in_cluster() {
        differences.retain(|difference| difference.field != INSTANCES);
    }
    variables(engine, definition, process, &mut differences);
    differences
}

fn attributes(definition: &Definition<'_>, record: &Record, differences: &mut Vec<Difference>) {
    let (old, new) = (&record.definition, &definition.attributes);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (old, new) = (old.get(name), new.get(name));
        if old != new {
            differences.push(Difference {
                field: name.clone(),
                old: old.map(shown),
                new: new.map(shown),
                secret: false,
                inherited: false,
            });
        }
    }
}

/// A value for people: of an object, as a probe is one, its keys and values.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(entries) if !entries.is_empty() => match duration(value) {
            // Exactly: two that differ look different.
            Some(duration) => format!("{duration:?}"),
            None => {
                let entries = entries.iter().filter(|(_, value)| !value.is_null());
                let entries = entries.map(|(key, value)| format!("{key} {}", shown(value)));
                entries.collect::<Vec<_>>().join(", ")
            }
        },
        other => other.to_string(),
    }
}

/// What serde writes of a duration.
fn duration(value: &Value) -> Option<Duration> {
    Duration::deserialize(value).ok()
}

fn variables(
    engine: &dyn Engine,
    definition: &Definition<'_>,
    process: &Process,
    differences: &mut Vec<Difference>,
) {
    let new: HashMap<&str, &str> = definition.variables().collect();
    let record = process.record.as_ref();
    // What counts up differs from process to process.
    let old = record.and_then(|record| record.counts_from.as_deref());
    if let (Some(name), Some(old), Some(new)) =
        (definition.app.increment_var(), old, definition.counts_from())
        && old != new
    {
        differences.push(Difference {
            field: format!("env.{name}"),
            old: Some(old.to_owned()),
            new: Some(new.to_owned()),
            secret: false,
            inherited: false,
        });
    }
    let was_public =
        |name: &str| record.is_some_and(|record| record.public.iter().any(|public| public == name));
    // What nobody wrote came from a shell.
    let secret = |name: &str, old: Option<&str>, new: Option<&str>| {
        old.is_some() && !was_public(name)
            || new.is_some() && !definition.is_public(name) && !is_base(name)
    };
    let own =
        |name: &str| engine.is_own_variable(name) || definition.app.increment_var() == Some(name);
    // What the shell has of the base may differ from run to run. What a definition gave stays until
    // it is taken away.
    let was_written = |name: &str| {
        was_public(name)
            || record.is_some_and(|record| record.written.iter().any(|written| written == name))
    };
    let base: HashMap<String, String> = engine.environment().into_iter().collect();
    let mut names: BTreeSet<&str> = new.keys().copied().collect();
    let present = process.env.iter().map(|(name, _)| name);
    names.extend(present.filter(|name| !is_base(name) || was_written(name)));
    for name in names.into_iter().filter(|name| !own(name)) {
        let of_base = || base.get(name).map(String::as_str).filter(|_| is_base(name));
        let (old, new) = (process.env.get(name), new.get(name).copied().or_else(of_base));
        if old == new {
            continue;
        }
        let secret = secret(name, old, new);
        let shown = |value: Option<&str>| value.filter(|_| !secret).map(str::to_owned);
        differences.push(Difference {
            field: format!("env.{name}"),
            old: shown(old),
            new: shown(new),
            secret,
            inherited: definition.is_inherited(name),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_probe_that_has_changed_is_shown_in_words() {
        let second = json!({"secs": 1, "nanos": 0});
        let timeout = json!({"secs": 90, "nanos": 500_000_000});
        let test = json!({"http": {"url": "http://127.0.0.1:8000/", "status": null}});
        let probe = json!({"interval": second, "test": test, "timeout": timeout, "user": null});
        assert_eq!(
            shown(&probe),
            "interval 1s, test http url http://127.0.0.1:8000/, timeout 90.5s"
        );
        assert_eq!(shown(&json!(["a", 1])), r#"["a",1]"#);
        assert_eq!(shown(&json!("text")), "text");
        assert_eq!(shown(&json!({})), "{}");
    }
}
