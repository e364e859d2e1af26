//! Processes of a target that no daemon lists: a killed one left them running.

use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;

use super::event::{Event, Observer, orphaned_how};
use super::target::Target;
use crate::engine::{
    Engine, Known, Look, Orphan, Orphaned, Place, Remembered, SavedState, Unclear, Unlisted, Whose,
};

/// Finds what is not listed of these apps of a target and, where all of it is meant, of those that
/// its ecosystem does not have any more.
pub(super) fn of_target(
    place: &dyn Place,
    look: Look<'_>,
    target: &Target,
    apps: &[&App],
    saved: &SavedState,
) -> Unlisted {
    let app = |name: &str| apps.iter().copied().find(|app| app.name == name);
    let (mut meant, others): (Vec<Known<'_>>, Vec<Known<'_>>) =
        saved.iter().partition(|(name, known)| concerns(known, target, app(name)));
    // What was remembered may have been lost, or is of another app that had the name.
    let is_known = |app: &App| meant.iter().any(|(known, _)| *known == app.name);
    let forgotten = apps.iter().filter(|app| !is_known(app));
    let forgotten: Vec<(&str, Remembered)> = forgotten
        .map(|app| (app.name.as_str(), Remembered::guessed(app, target.owner(), place)))
        .collect();
    meant.extend(forgotten.iter().map(|(name, remembered)| (*name, remembered)));
    unlisted(place, look, &meant, &others)
}

/// Finds what is not listed of some of the apps that are remembered.
pub(super) fn of_apps(
    place: &dyn Place,
    look: Look<'_>,
    apps: &[Known<'_>],
    saved: &SavedState,
) -> Unlisted {
    let is_meant = |name: &str| apps.iter().any(|(app, _)| *app == name);
    let others: Vec<Known<'_>> = saved.iter().filter(|(name, _)| !is_meant(name)).collect();
    unlisted(place, look, apps, &others)
}

fn unlisted(
    place: &dyn Place,
    look: Look<'_>,
    meant: &[Known<'_>],
    others: &[Known<'_>],
) -> Unlisted {
    match meant.is_empty() {
        true => Unlisted::default(),
        false => place.unlisted(look, meant, others),
    }
}

/// Whether what is remembered is what an operation on a target is about: `app`, which is of the
/// operation, or one that the ecosystem started and does not have any more, where all of it is meant.
pub(super) fn concerns(remembered: &Remembered, target: &Target, app: Option<&App>) -> bool {
    let is_ours = remembered.owner.is(target.owner());
    match app {
        Some(app) => is_ours || remembered.directory == app.directory,
        None => target.is_whole() && is_ours,
    }
}

/// Reports a process that may be of an app, or of another one.
pub(super) fn unclear(place: &dyn Place, Unclear { whose, pid }: &Unclear) -> Diagnostic {
    let (engine, or) = (place.name(), or_another(whose, "to "));
    Diagnostic::new(format!(
        "process {pid}, which {engine} does not list, may belong to {whose}{or}"
    ))
}

/// What is added to the name of an app where no other is known that a process may be of.
fn or_another(whose: &Whose, to: &str) -> String {
    match whose {
        Whose::App(_) => format!(" or {to}another app"),
        Whose::OneOf(_) => String::new(),
    }
}

/// Reports a process that the next run ends.
pub(super) fn to_end(Orphan { whose, pid, how, .. }: &Orphan) -> Diagnostic {
    let how = orphaned_how(*how);
    Diagnostic::new(format!("{whose}: process {pid}, {how}, is ended first"))
}

/// Ends orphans, and reports each.
pub(super) fn end(engine: &dyn Engine, orphans: Vec<Orphan>, observe: &mut Observer<'_>) {
    for Orphan { whose, pid, how, .. } in &orphans {
        let (whose, pid) = (whose.clone(), *pid);
        observe(match how {
            Orphaned::Killed => Event::Orphan { whose, pid, lost: false },
            Orphaned::Lost => Event::Orphan { whose, pid, lost: true },
            Orphaned::Left => Event::Left { whose, pid },
        });
    }
    engine.end(orphans);
}

/// Ends what stopped apps have left running, and reports it. Returns the numbers of the processes.
pub(super) fn end_left(
    engine: &dyn Engine,
    left: Unlisted,
    observe: &mut Observer<'_>,
) -> Vec<u32> {
    let Unlisted { orphans, held: _, unclear } = left;
    for Unclear { whose, pid } in &unclear {
        let (engine, or) = (engine.name(), or_another(whose, "by "));
        let note = Diagnostic::new(format!(
            "process {pid}, which {engine} does not list, may have been left by {whose}{or}, and keeps \
             running"
        ));
        let help = format!("inspect it with `ps -fp {pid}`; `kill {pid}` ends it");
        observe(Event::Note(note.help(help).into()));
    }
    for Orphan { whose, pid, .. } in &orphans {
        observe(Event::Left { whose: whose.clone(), pid: *pid });
    }
    let pids: Vec<u32> = orphans.iter().map(|orphan| orphan.pid).collect();
    let before = engine.starts(&pids);
    engine.end(orphans);
    let after = engine.starts(&pids);
    for (pid, start) in &after {
        if before.get(pid).is_some_and(|before| before.is(start)) {
            let note = Diagnostic::new(format!("process {pid} does not end"));
            observe(Event::Note(note.help(format!("inspect it with `ps -fp {pid}`")).into()));
        }
    }
    pids
}
