//! Which profile what runs was started with, and what a command means that does not name one.

use std::collections::{BTreeMap, BTreeSet};

use promethean_core::diagnostic::Diagnostic;
use promethean_core::ecosystem::Ecosystem;
use promethean_core::foreign::Foreign;
use promethean_core::resolve::{Options, ResolveError};
use serde::Serialize;

use super::error::OperationError;
use super::orphans;
use super::plan::{Action, Plan};
use super::target::Target;
use crate::engine::{Engine, Known, Look, Owner, Place, Process, SavedState, Unlisted};

/// The apps of an ecosystem that run, each with its profile; where none does, those that have ended with their
/// engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    apps: BTreeMap<String, Option<String>>,
    have_ended: bool,
}

/// An app that runs with another profile than it is to run with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileChange {
    /// The app.
    pub app: String,
    /// The profile it runs with; `None` for none.
    pub old: Option<String>,
    /// The profile it is to run with; `None` for none.
    pub new: Option<String>,
}

/// Why it is not known what a command is about.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TargetError {
    /// The ecosystem cannot be resolved.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The apps that are meant run with several profiles.
    #[error("{}", several(.0))]
    Several(Profiles),
    /// What runs was started with a profile that no longer exists.
    #[error("{}", gone(profile, apps))]
    Gone {
        /// The profile.
        profile: String,
        /// The apps that run with it.
        apps: Vec<String>,
    },
}

/// The profiles that the apps of an ecosystem run with, including apps that a killed daemon left
/// running. Where nothing runs, those of the apps that were not taken down: they have ended with the daemon or with
/// the machine, and are to come back as they were.
///
/// # Errors
///
/// The engine does not answer.
pub fn profiles(engine: &dyn Engine, owner: &Owner) -> Result<Profiles, OperationError> {
    let running = match engine.connect()? {
        Some(mut session) => session.list()?,
        None => Vec::new(),
    };
    // What cannot be read is reported by the operations.
    let saved = engine.saved_state().unwrap_or_default();
    let mut profiles = Profiles::default();
    for process in &running {
        if process.record.as_ref().is_some_and(|record| record.owner == *owner) {
            let profile = profile_of(process, &saved).map(str::to_owned);
            profiles.apps.insert(process.name.clone(), profile);
        }
    }
    let left = saved.iter().filter(|(name, remembered)| {
        remembered.owner == *owner && !profiles.apps.contains_key(*name)
    });
    for (name, remembered) in left_behind(left.collect(), &saved, engine, &running) {
        profiles.apps.insert(name.to_owned(), remembered.profile.clone());
    }
    match profiles.apps.is_empty() {
        true => Ok(Profiles { have_ended: true, ..of_saved(&saved, owner) }),
        false => Ok(profiles),
    }
}

/// The profiles that the apps of an ecosystem were last brought up with, found without a daemon.
#[must_use]
pub fn remembered_profiles(place: &dyn Place, owner: &Owner) -> Profiles {
    // What cannot be read is reported by the operations.
    of_saved(&place.saved_state().unwrap_or_default(), owner)
}

/// Whether an ecosystem has started an app with this name, and not taken it down.
#[must_use]
pub fn has_started(place: &dyn Place, owner: &Owner, app: &str) -> bool {
    remembered_profiles(place, owner).apps.contains_key(app)
}

/// The profiles of what is remembered of an ecosystem.
fn of_saved(saved: &SavedState, owner: &Owner) -> Profiles {
    let own = saved.iter().filter(|(_, remembered)| remembered.owner == *owner);
    let apps = own.map(|(name, known)| (name.to_owned(), known.profile.clone()));
    Profiles { apps: apps.collect(), have_ended: false }
}

/// The profile of a process: what is remembered of its app, else what it was started with.
pub(super) fn profile_of<'p>(process: &'p Process, saved: &'p SavedState) -> Option<&'p str> {
    let record = process.record.as_ref()?;
    match saved.of(&process.name) {
        Some(remembered) if remembered.owner == record.owner => remembered.profile.as_deref(),
        _ => record.profile.as_deref(),
    }
}

/// Those of some saved apps whose processes a killed daemon left running.
fn left_behind<'m>(
    apps: Vec<Known<'m>>,
    saved: &SavedState,
    place: &dyn Place,
    running: &[Process],
) -> Vec<Known<'m>> {
    // Whoever ends them, they run with that profile.
    let look = Look { daemon: !running.is_empty(), listed: running, at_work: false };
    let Unlisted { orphans, held, .. } = orphans::of_apps(place, look, &apps, saved);
    let is_left = |name: &str| orphans.iter().chain(&held).any(|orphan| orphan.whose.may_be(name));
    apps.into_iter().filter(|(name, _)| is_left(name)).collect()
}

/// The apps of a plan that run with another profile than that of the target. An app that another
/// ecosystem brought up counts where something is done with it.
pub(super) fn changes(
    plan: &Plan,
    target: &Target,
    saved: &SavedState,
    place: &dyn Place,
    running: &[Process],
) -> Vec<ProfileChange> {
    let new = target.profile();
    let mut changes: Vec<ProfileChange> = Vec::new();
    let mut absent: Vec<Known<'_>> = Vec::new();
    let change = |app: &str, old: Option<&str>| ProfileChange {
        app: app.to_owned(),
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
    };
    for step in plan.steps.iter().filter(|step| step.action != Action::Remove) {
        let Some(process) = running.iter().find(|process| process.name == step.app) else {
            let known = saved.iter().find(|(name, _)| *name == step.app);
            absent.extend(known.filter(|(_, known)| {
                known.owner == *target.owner() && known.profile.as_deref() != new
            }));
            continue;
        };
        let own = process.record.as_ref().is_some_and(|record| record.owner == *target.owner());
        let old = profile_of(process, saved);
        if old != new && (own || step.action != Action::Keep) {
            changes.push(change(&step.app, old));
        }
    }
    for (name, remembered) in left_behind(absent, saved, place, running) {
        changes.push(change(name, remembered.profile.as_deref()));
    }
    changes
}

impl Profiles {
    /// Whether none of the apps runs: all have ended with their engine.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        self.have_ended
    }

    /// Each app and its profile.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.apps.iter().map(|(app, profile)| (app.as_str(), profile.as_deref()))
    }

    /// The apps of each profile.
    fn by_profile(&self) -> BTreeMap<Option<&str>, Vec<&str>> {
        let mut by_profile: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for (app, profile) in self.iter() {
            by_profile.entry(profile).or_default().push(app);
        }
        by_profile
    }
}

impl Target {
    /// Resolves an ecosystem as [`Target::new`] does, for the profile that runs: that of the units
    /// that are named, else of what they depend on, else of the whole ecosystem; for none where
    /// nothing of it runs. The profile of the options is not looked at.
    ///
    /// # Errors
    ///
    /// As [`Target::new`]; and the apps that are meant run with several profiles, or with one that no
    /// longer exists.
    pub fn of_running(
        ecosystem: &Ecosystem,
        options: &Options,
        running: &Profiles,
    ) -> Result<Target, TargetError> {
        let by_profile = running.by_profile();
        let meant = meant(ecosystem, options, &by_profile);
        let mut meant = meant.into_iter();
        let profile = match (meant.next(), meant.next()) {
            (None, _) => None,
            (Some(profile), None) => profile,
            (Some(_), Some(_)) => return Err(TargetError::Several(running.clone())),
        };
        let is_known = |profile: &&str| ecosystem.profiles().iter().any(|known| known == profile);
        // What has ended is no reason to ask.
        let profile = profile.filter(|profile| !running.have_ended || is_known(profile));
        if let Some(profile) = profile
            && !is_known(&profile)
        {
            let apps = by_profile.get(&Some(profile)).into_iter().flatten();
            let apps = apps.map(|app| (*app).to_owned()).collect();
            return Err(TargetError::Gone { profile: profile.to_owned(), apps });
        }
        Ok(Target::new(ecosystem, &with(options, profile))?.continuing(running.have_ended))
    }

    /// Resolves an ecosystem for each profile that runs; each target has the apps that run with its
    /// profile, the first also those that do not run. That is for commands which do not change what
    /// runs.
    ///
    /// # Errors
    ///
    /// As [`Target::new`].
    pub fn of_each_running(
        ecosystem: &Ecosystem,
        options: &Options,
        running: &Profiles,
    ) -> Result<Vec<Target>, ResolveError> {
        let mut by_profile: Vec<(Option<&str>, Vec<&str>)> =
            running.by_profile().into_iter().collect();
        by_profile.sort_by_key(|(_, apps)| std::cmp::Reverse(apps.len()));
        let resolve = |profile| Target::new(ecosystem, &with(options, profile));
        let mut targets: Vec<Target> =
            by_profile.iter().filter_map(|(profile, _)| resolve(*profile).ok()).collect();
        if targets.len() <= 1 {
            let profile = by_profile.first().and_then(|(profile, _)| *profile);
            let target = match targets.pop() {
                Some(target) => target,
                // The profile may not be there any more.
                None => resolve(profile).or_else(|error| resolve(None).map_err(|_| error))?,
            };
            return Ok(vec![target]);
        }
        let mut told: BTreeSet<String> = BTreeSet::new();
        let apart = targets.into_iter().map(|target| {
            let profile = target.profile().map(str::to_owned);
            let target = target.only(|app| match running.apps.get(app) {
                Some(its) => *its == profile,
                None => !told.contains(app),
            });
            told.extend(target.named().map(|app| app.name.to_string()));
            target
        });
        Ok(apart.collect())
    }
}

fn with(options: &Options, profile: Option<&str>) -> Options {
    Options { profile: profile.map(str::to_owned), ..options.clone() }
}

/// The profiles of what a command is about.
fn meant<'p>(
    ecosystem: &Ecosystem,
    options: &Options,
    by_profile: &BTreeMap<Option<&'p str>, Vec<&'p str>>,
) -> BTreeSet<Option<&'p str>> {
    let all: BTreeSet<Option<&str>> = by_profile.keys().copied().collect();
    if all.len() <= 1 {
        return all;
    }
    let targets: Vec<Target> = all
        .iter()
        .filter_map(|profile| Target::new(ecosystem, &with(options, *profile)).ok())
        .collect();
    let of = |apps: BTreeSet<String>| -> BTreeSet<Option<&'p str>> {
        let runs = |running: &[&str]| running.iter().any(|app| apps.contains(*app));
        let meant = by_profile.iter().filter(|(_, running)| runs(running));
        meant.map(|(profile, _)| *profile).collect()
    };
    // Of the whole system, what no profile has to be active for: what only one profile has may be
    // left over from it.
    if options.units.is_empty()
        && let Ok(without) = Target::new(ecosystem, &with(options, None))
    {
        let common = of(without.named().map(|app| app.name.to_string()).collect());
        if !common.is_empty() {
            return common;
        }
    }
    let named = targets.iter().flat_map(Target::named).map(|app| app.name.to_string());
    let named = of(named.collect());
    if !named.is_empty() {
        return named;
    }
    let wanted = targets.iter().flat_map(|target| target.wanted().apps);
    let wanted = of(wanted.map(|app| app.name.to_string()).collect());
    if wanted.is_empty() { all } else { wanted }
}

/// What some apps do, after their names.
fn runs_with(apps: &[impl AsRef<str>], profile: Option<&str>) -> String {
    does_with(if apps.len() == 1 { "runs" } else { "run" }, profile)
}

fn does_with(runs: &str, profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("{runs} with the profile `{profile}`"),
        None => format!("{runs} without a profile"),
    }
}

/// The option that says which profile.
fn option(profile: Option<&str>) -> String {
    format!("`{}`", argument(profile))
}

/// A command that says which profile.
fn command(command: &str, profile: Option<&str>) -> String {
    format!("`{command} {}`", argument(profile))
}

fn argument(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!("--profile {}", Foreign(profile)),
        None => "--no-profile".to_owned(),
    }
}

/// What is said of an app that runs on though the target does not have it.
pub(super) fn left_over(app: &str, old: Option<&str>, target: &Target) -> String {
    let new = target.profile();
    let app = Foreign(app);
    if old.is_none() && new.is_none() {
        return format!("{app}: still running, but no longer defined: `apply` removes it");
    }
    let system = match new {
        Some(new) => format!("with the profile `{}`", Foreign(new)),
        None => "without a profile".to_owned(),
    };
    let apply = command("apply", new);
    format!("{app}: still running, but not defined {system}: {apply} removes it")
}

fn gone(profile: &str, apps: &[String]) -> Diagnostic {
    let runs = runs_with(apps, Some(profile));
    Diagnostic::new(format!("{} {runs}, which this ecosystem no longer has", apps.join(", ")))
        .help("choose one: `--profile NAME`, or `--no-profile`")
}

fn several(running: &Profiles) -> Diagnostic {
    let by_profile = running.by_profile();
    let each = by_profile.iter().map(|(profile, apps)| {
        let does = match running.have_ended {
            true => does_with("ran", *profile),
            false => runs_with(apps, *profile),
        };
        format!("{} {does}", Foreign(apps.join(", ")))
    });
    let what = if running.have_ended {
        "nothing runs, and several profiles ran last"
    } else {
        "several profiles run"
    };
    let options: Vec<String> = by_profile.keys().map(|profile| option(*profile)).collect();
    let resolve: Vec<String> =
        by_profile.keys().map(|profile| command("apply", *profile)).collect();
    let each = each.collect::<Vec<_>>().join("; ");
    Diagnostic::new(format!("{what}: {each}")).help(format!(
        "choose one: {}; or name units that share a profile; {} gives all units the same profile",
        options.join(" or "),
        resolve.join(" or ")
    ))
}

/// Why nothing is done when a change of profile was not confirmed.
pub(super) fn rejected(changes: &[ProfileChange]) -> Diagnostic {
    let new = changes.first().and_then(|change| change.new.as_deref());
    let apps = changes.iter().map(|change| (change.app.clone(), change.old.clone()));
    let running = Profiles { apps: apps.collect(), have_ended: false };
    let by_profile = running.by_profile();
    let each = by_profile.iter().map(|(profile, apps)| {
        format!("{} {}", Foreign(apps.join(", ")), runs_with(apps, *profile))
    });
    let keep: Vec<String> = by_profile.keys().map(|profile| option(*profile)).collect();
    let to = match new {
        Some(new) => format!("to `{new}`"),
        None => "to none".to_owned(),
    };
    let each = each.collect::<Vec<_>>().join("; ");
    Diagnostic::new(format!("{each}; nothing was changed"))
        .help(format!("`--yes` changes the profile {to}; {} keeps it", keep.join(" or ")))
}

/// What a plan says of profiles, a line for each change: `profile: dev → production (api, db)`.
pub(crate) fn lines(changes: &[ProfileChange]) -> Vec<String> {
    let mut lines: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for ProfileChange { app, old, new } in changes {
        let key = (old.as_deref().unwrap_or("none"), new.as_deref().unwrap_or("none"));
        lines.entry(key).or_default().push(app);
    }
    let line = |((old, new), apps): ((&str, &str), Vec<&str>)| {
        format!("profile: {} → {} ({})", Foreign(old), Foreign(new), Foreign(apps.join(", ")))
    };
    lines.into_iter().map(line).collect()
}
