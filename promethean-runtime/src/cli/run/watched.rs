//! What happens to the processes of a `run`: the reports, the exit code and the summary.

use std::collections::BTreeMap;

use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::foreign::Foreign;

use crate::cli::exit;
use crate::engine::times::since_epoch;
use crate::engine::{Phase, Process, ProcessId, signal_name};
use crate::operations::{Failures, Target};

/// Whether something of a process runs, or will without being asked.
fn is_under_way(process: &Process) -> bool {
    match process.phase {
        Phase::Launching | Phase::Online | Phase::Stopping | Phase::WaitingRestart => true,
        Phase::Stopped | Phase::Errored | Phase::Other(_) => false,
    }
}

/// Whether a process was ever started.
fn has_run(process: &Process) -> bool {
    process.since > 0
}

/// The exit code of a process that has failed for good.
fn failure(process: &Process) -> Option<u8> {
    let has_failed = match process.phase {
        Phase::Errored => true,
        // What was asked to end may do so with any code.
        Phase::Stopped if process.was_told_to_end == Some(true) => false,
        Phase::Stopped => process.exit_code.is_some_and(|code| code != 0),
        _ => false,
    };
    let code = process.exit_code.and_then(|code| u8::try_from(code).ok());
    has_failed.then(|| code.filter(|code| *code != 0).unwrap_or(exit::APP_FAILED))
}

/// Something that has happened.
pub(super) enum Told {
    Event(String),
    Failure(String),
}

impl Told {
    /// The same with the app that it has happened to.
    fn about(self, name: Foreign<&String>) -> Told {
        match self {
            Told::Event(what) => Told::Event(format!("{name}: {what}")),
            Told::Failure(what) => Told::Failure(format!("{name}: {what}")),
        }
    }
}

/// An app that is asked for.
struct Wanted {
    app: String,
    /// Whether a schedule or a change of a file starts it again when it has ended.
    starts_again: bool,
    /// Whether only its schedule starts it.
    waits_for_its_time: bool,
}

/// What is known of the apps that are asked for, and of all processes.
pub(super) struct Watched {
    /// What was last seen of each process.
    processes: BTreeMap<ProcessId, Process>,
    /// The apps that are asked for.
    wanted: Vec<Wanted>,
    /// The apps that were started, each with whether it has completed since.
    pub(super) started: BTreeMap<String, bool>,
    /// Why apps were not started.
    pub(super) not_started: BTreeMap<String, String>,
    /// The exit code of what has failed first.
    pub(super) failure: Option<u8>,
    /// When this command has begun, in milliseconds of the Unix time.
    begun: u64,
}

impl Watched {
    pub(super) fn of(target: &Target) -> Watched {
        let starts_again = |app: &App| {
            let watch = app.setting("watch");
            app.restart_policy().schedule.is_some()
                || watch.is_some_and(|watch| *watch != Setting::Boolean(false))
        };
        let wanted = target.wanted().apps.into_iter();
        let wanted = wanted.map(|app| Wanted {
            app: app.name.to_string(),
            starts_again: starts_again(&app),
            waits_for_its_time: app.only_times().is_some(),
        });
        Watched {
            processes: BTreeMap::new(),
            wanted: wanted.collect(),
            started: BTreeMap::new(),
            not_started: BTreeMap::new(),
            failure: None,
            begun: u64::try_from(since_epoch().as_millis()).unwrap_or_default(),
        }
    }

    fn is_wanted(&self, process: &Process) -> bool {
        self.wanted.iter().any(|wanted| wanted.app == process.name)
    }

    /// Whether something of a process runs, or will.
    pub(super) fn goes_on(&self, process: &Process) -> bool {
        let has_ended = process.exit_code.is_some() || process.phase == Phase::Errored;
        is_under_way(process)
            || self.wanted.iter().filter(|wanted| wanted.app == process.name).any(|wanted| {
                wanted.starts_again && has_ended || wanted.waits_for_its_time && !has_run(process)
            })
    }

    /// Whether all processes of an app had ended when they were last seen.
    pub(super) fn has_ended(&self, app: &str) -> bool {
        !self.processes.values().any(|process| process.name == app && is_under_way(process))
    }

    /// Takes note of what has failed while it was started.
    pub(super) fn has_not_come_up(&mut self, failures: &Failures, list: &[Process]) {
        for failed in &failures.failed {
            let app = &failed.app;
            let name = Foreign(app);
            for waiting in &failed.not_started {
                let reason = format!("it waits for {name}, which has failed");
                self.not_started.entry(waiting.clone()).or_insert(reason);
            }
            self.not_started.entry(app.clone()).or_insert_with(|| failed.reason.clone());
            // What only waits for its next restart has not failed yet, but where others wait for it.
            if failed.is_restarted && failed.not_started.is_empty() {
                continue;
            }
            let mut own = list.iter().filter(|process| process.name == *app);
            let code = own.find_map(failure).unwrap_or(exit::APP_FAILED);
            self.failure.get_or_insert(code);
        }
        if let Some(first) = failures.failed.first() {
            let reason = format!("{} had failed before", Foreign(&first.app));
            for Wanted { app, .. } in &self.wanted {
                self.not_started.entry(app.clone()).or_insert_with(|| reason.clone());
            }
        }
    }

    /// What has happened since the last look.
    pub(super) fn look(&mut self, list: &[Process]) -> Vec<Told> {
        let mut told = Vec::new();
        // Another command has put others in their place, or has asked for fewer.
        self.processes.retain(|id, seen| {
            let is_listed = list.iter().any(|now| now.id == *id);
            is_listed || list.iter().all(|now| now.name != seen.name)
        });
        for now in list {
            if let Some(code) = failure(now).filter(|_| self.is_wanted(now)) {
                self.failure.get_or_insert(code);
            }
            let before = self.processes.insert(now.id, now.clone());
            let name = Foreign(&now.name);
            let Some(before) = before else {
                // It was restarted before all counted as up.
                if let Some(cause) = now.cause.as_ref().filter(|_| now.since >= self.begun) {
                    let cause = Foreign(cause);
                    told.push(Told::Event(format!("{name}: {cause}{}", count(now.restarts))));
                }
                // It has ended between the last look of who started it and this one.
                let is_new = self.started.get(&now.name) == Some(&false)
                    && !self.not_started.contains_key(&now.name);
                told.extend(at_rest(now, "").filter(|_| is_new).map(|what| what.about(name)));
                continue;
            };
            if let Some(trouble) = &now.log_trouble
                && before.log_trouble.as_ref() != Some(trouble)
            {
                told.push(Told::Failure(format!("{name}: {}", Foreign(trouble))));
            }
            told.extend(happened(&before, now).map(|what| what.about(name)));
        }
        told
    }

    /// What has run, how it has ended, and how often it was restarted, then what was not started; `None` where
    /// nothing has run. `end` is how what was under way has ended.
    pub(super) fn summary(&self, end: &str) -> Option<String> {
        let mut instances: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rows: Vec<(&str, String, usize)> = Vec::new();
        for process in self.processes.values() {
            *instances.entry(&process.name).or_default() += 1;
            let end = if is_under_way(process) { end.to_owned() } else { ended(process) };
            let end = match process.restarts {
                0 => end,
                1 => format!("{end}, 1 restart"),
                count => format!("{end}, {count} restarts"),
            };
            let same =
                rows.iter_mut().find(|(name, other, _)| *name == process.name && *other == end);
            match same {
                Some((.., count)) => *count += 1,
                None => rows.push((&process.name, end, 1)),
            }
        }
        if rows.is_empty() && self.started.is_empty() && self.not_started.is_empty() {
            return None;
        }
        let wanted = self.wanted.iter().map(|wanted| &wanted.app);
        for app in wanted.filter(|app| !instances.contains_key(app.as_str())) {
            let why = self.not_started.get(app).map(|why| format!(": {}", Foreign(why)));
            let what = match self.started.get(app) {
                Some(true) => "completed".to_owned(),
                // The engine was gone before anybody has looked.
                Some(false) => end.to_owned(),
                None => format!("not started{}", why.unwrap_or_default()),
            };
            rows.push((app, what, 1));
        }
        let rows = rows.into_iter().map(|(name, end, count)| {
            let label = match instances.get(name) {
                None | Some(1) => name.to_owned(),
                Some(all) if *all == count => format!("{name} ({all} instances)"),
                Some(all) => format!("{name} ({count} of {all} instances)"),
            };
            (label, end)
        });
        let rows: Vec<(String, String)> = rows.collect();
        let width = rows.iter().map(|(label, _)| label.chars().count()).max()?;
        let lines = rows.iter().map(|(label, end)| format!("{label:width$}   {end}\n"));
        Some(lines.collect())
    }
}

/// How often something was restarted, whatever for, behind what is said of the last time; nothing of the first run.
fn count(restarts: u64) -> String {
    match restarts {
        0 => String::new(),
        1 => " (1 restart)".to_owned(),
        _ => format!(" ({restarts} restarts in all)"),
    }
}

/// What has happened to a process between two looks: of several things the last.
fn happened(before: &Process, now: &Process) -> Option<Told> {
    let is_new = now.since > before.since;
    if !is_new && now.phase == before.phase {
        return None;
    }
    let cause = now.cause.as_ref().map(|cause| Foreign(cause).to_string());
    let restarts = now.restarts;
    // It was at rest, and may be so again.
    let starts = (is_new && !is_under_way(before))
        .then(|| cause.clone().unwrap_or_else(|| "started again".to_owned()));
    let first = starts.as_ref().map_or_else(String::new, |starts| format!("{starts}; "));
    match (&now.phase, starts, cause) {
        (Phase::Stopped | Phase::Errored, ..) => at_rest(now, &first),
        (_, Some(starts), _) => Some(Told::Event(starts)),
        (_, None, Some(cause)) if restarts > before.restarts => {
            let was_told = before.phase == Phase::WaitingRestart && before.cause == now.cause;
            let told = if was_told { "restarted" } else { cause.as_str() };
            Some(Told::Event(format!("{told}{}", count(restarts))))
        }
        (_, None, None) if restarts > before.restarts => {
            Some(ending(now, format!("{}, restarted{}", ended(now), count(restarts))))
        }
        (Phase::WaitingRestart, None, Some(cause)) => Some(Told::Event(cause)),
        (Phase::WaitingRestart, None, None) => {
            Some(ending(now, format!("{}, restarts", ended(now))))
        }
        (Phase::Launching | Phase::Online | Phase::Stopping | Phase::Other(_), None, _) => None,
    }
}

/// How a process has ended for good, behind what has happened before.
fn at_rest(now: &Process, before: &str) -> Option<Told> {
    match now.phase {
        Phase::Stopped => Some(ending(now, format!("{before}{}", ended(now)))),
        Phase::Errored => {
            Some(ending(now, format!("{before}{} too often, not restarted", ended(now))))
        }
        Phase::Launching
        | Phase::Online
        | Phase::Stopping
        | Phase::WaitingRestart
        | Phase::Other(_) => None,
    }
}

/// The end of a process, as an event or as a failure.
fn ending(process: &Process, what: String) -> Told {
    let is_asked = process.was_told_to_end == Some(true);
    let is_well = (process.exit_code == Some(0) || is_asked) && process.phase != Phase::Errored;
    if is_well { Told::Event(what) } else { Told::Failure(what) }
}

/// How a process has ended.
fn ended(process: &Process) -> String {
    if !has_run(process) {
        return "not started".to_owned();
    }
    match (process.was_told_to_end, process.killed_by, process.exit_code) {
        (Some(true), ..) => "stopped".to_owned(),
        (_, Some(signal), _) => format!("killed by {}", signal_name(signal)),
        (_, None, Some(0)) => "completed".to_owned(),
        (_, None, Some(code)) => format!("exited with code {code}"),
        (_, None, None) => "ended".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(watched: &mut Watched, process: &Process) -> Vec<String> {
        let told = watched.look(std::slice::from_ref(process)).into_iter();
        let text = |told| match told {
            Told::Event(what) => what,
            Told::Failure(what) => format!("failure: {what}"),
        };
        told.map(text).collect()
    }

    #[test]
    fn what_ends_before_the_first_look_is_told_once() {
        let ended = |code| Process {
            name: "job".to_owned(),
            phase: Phase::Stopped,
            exit_code: Some(code),
            since: 1,
            was_told_to_end: Some(false),
            ..Process::default()
        };
        for (code, expected) in [(0, "job: completed"), (3, "failure: job: exited with code 3")] {
            let watched = |has_completed| Watched {
                processes: BTreeMap::new(),
                wanted: Vec::new(),
                started: BTreeMap::from([("job".to_owned(), has_completed)]),
                not_started: BTreeMap::new(),
                failure: None,
                begun: 0,
            };
            let mut started = watched(false);
            assert_eq!(told(&mut started, &ended(code)), [expected]);
            assert_eq!(told(&mut started, &ended(code)), [""; 0]);
            // Whoever started it has said so.
            assert_eq!(told(&mut watched(true), &ended(code)), [""; 0]);
            let mut failed = watched(false);
            failed.not_started.insert("job".to_owned(), "exited with code 3".to_owned());
            assert_eq!(told(&mut failed, &ended(code)), [""; 0]);
        }
    }
}
