//! An app on its way: what it waits for, and whether it is alive.

use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use promethean_core::app::App;

use super::failures;
use crate::engine::times::since_epoch;
use crate::engine::{self, Definition, Engine, Owner, Phase, Process, ProcessId};
use crate::operations::error::FailedApp;
use crate::operations::event::{Awaited, Event};
use crate::operations::plan::{
    Action, Difference, Step, can_replace, is_as_it_should, is_only_listed,
};
use crate::operations::state::{SETTLED, is_unsettled};
use crate::readiness::LogWatch;

/// An app on its way.
pub(super) struct Item<'a> {
    pub(super) definition: &'a Definition<'a>,
    pub(super) step: &'a Step,
    /// What is to be done: that of the step, or what is left of it.
    pub(super) action: Action,
    /// The ecosystem that brought it up first.
    pub(super) owner: &'a Owner,
    pub(super) stage: Stage,
    /// What of it is waited for.
    pub(super) wait: Option<Wait>,
    /// When it was started here; what was kept was not.
    pub(super) started: Option<Instant>,
    /// Its processes when it was started, or before.
    pub(super) processes: Vec<Seen>,
    /// Whether those that run share what they listen on.
    pub(super) shares: bool,
    /// How long those that run may take to end: an engine goes by what they were started with.
    pub(super) time_to_end: Duration,
    /// What they have logged since.
    pub(super) logs: LogWatch,
    /// The operating system's processes that belong to them, where they are replaced.
    pub(super) family: Vec<engine::Seen>,
    pub(super) before: Before,
    /// How long its logs were just before the last look: what is before that is of the processes that were
    /// there then, or of those before them.
    pub(super) log_lengths: Vec<(Utf8PathBuf, u64)>,
    /// How often it has ended while it was waited for.
    pub(super) crashes: Crashes,
    /// When its probe succeeded, in Unix time.
    pub(super) ready_at: Option<Duration>,
}

/// What was known of an app before anything was done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    /// Whether the probe of those that run has succeeded.
    pub(super) was_ready: bool,
    /// Whether one of those that run has not reported in time that it is ready, as far as that is known.
    pub(super) is_silent: bool,
    /// Why it was there and did not run, where that is as it should be.
    pub(super) rest: Option<Rest>,
    /// Whether it is kept, and was restarted just before because it had ended.
    pub(super) unsettled: bool,
}

/// Why an app does not run, and need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// It has ended for good, with exit code 0.
    Completed,
    /// It was never started, or only its schedule starts it: see [`is_only_listed`].
    OnlyListed,
}

impl Rest {
    /// Of the processes of an app.
    pub(super) fn of(app: &App, processes: &[&Process]) -> Option<Rest> {
        let has_completed = app.ends_with(0) && processes.iter().all(|now| now.has_completed());
        match is_only_listed(app, processes) {
            true if app.only_times().is_some() => Some(Rest::OnlyListed),
            _ if has_completed => Some(Rest::Completed),
            true => Some(Rest::OnlyListed),
            false => None,
        }
    }
}

/// The event that says that an app is only listed: see [`is_only_listed`].
pub(super) fn not_started(app: &App) -> Event {
    Event::NotStarted { app: app.name.to_string(), cron: app.only_times().map(str::to_owned) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    /// So many of its old processes are still there.
    Deleting(usize),
    Starting,
    /// It runs, and its probe has not succeeded.
    Probing,
    /// It runs, and others wait until it has ended.
    Completing,
    Done,
}

/// What of an app is waited for, and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) until: Awaited,
    pub(super) since: Instant,
    pub(super) limit: Duration,
    /// When it was last reported.
    pub(super) told: Instant,
}

impl Wait {
    pub(super) fn begin(until: Awaited, limit: Duration) -> Wait {
        let now = Instant::now();
        Wait { until, since: now, limit, told: now }
    }
}

/// What is compared with a process later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) id: ProcessId,
    pub(super) restarts: u64,
    since: u64,
    requested: u64,
    /// Starts that were asked for after this are restarts: when it was seen first, that is when its start was
    /// asked for, or just before if that is a restart which was under way.
    first_requested: u64,
    /// Whether a restart that was asked for had not happened.
    being_replaced: bool,
}

impl Seen {
    fn of(process: &Process) -> Seen {
        let Process { id, restarts, since, requested, is_being_replaced, .. } = *process;
        let being_replaced = is_being_replaced;
        let first_requested = requested.saturating_sub(being_replaced.into());
        Seen { id, restarts, since, requested, first_requested, being_replaced }
    }

    /// The same process at a later look.
    fn later(&self, now: &Process) -> Seen {
        let being_replaced = self.is_being_replaced(now);
        Seen { first_requested: self.first_requested, being_replaced, ..Seen::of(now) }
    }

    /// Whether somebody has asked for a restart that has not happened yet: a user, a schedule or a watch.
    fn is_being_replaced(&self, now: &Process) -> bool {
        let is_asked_for = self.is_asked_for(now) && now.requested >= now.since;
        is_asked_for || now.is_being_replaced
    }

    /// Whether a restart that somebody has asked for since is under way or has happened.
    fn is_replaced(&self, now: &Process) -> bool {
        self.is_asked_for(now) || self.is_being_replaced(now)
    }

    /// Whether somebody has asked for a restart since. Whoever resets the counts has not.
    fn is_asked_for(&self, now: &Process) -> bool {
        now.requested > self.first_requested && !now.never_asked
    }

    /// Whether the engine has restarted it since, and knows that it had ended or that its `alive` probe failed.
    fn is_restarted_unasked(&self, now: &Process) -> bool {
        (now.was_asked_for == Some(false) || now.is_unwell) && self.is_another(now)
    }

    /// Whether another process runs now than at the last look.
    fn is_another(&self, now: &Process) -> bool {
        now.since > self.since
    }

    /// How often a process has at least ended since and was restarted because of that. A restart that was
    /// asked for is none.
    ///
    /// The engine counts early ends from the last request, and may count the end of the process that was
    /// asked to restart. It counts the restart itself when it happens. It counts the last end, too, which no
    /// restart follows where that is final.
    fn crashes(&self, now: &Process, app: &App) -> u64 {
        let policy = app.restart_policy();
        if !policy.restarts {
            // A schedule, a watch or a user restarts it: whether its runs end early does not matter.
            return 0;
        }
        if now.requested > self.requested && !now.never_asked {
            let code = now.exit_code.filter(|_| now.phase == Phase::Stopped);
            let is_over = code.is_some_and(|code| policy.final_codes.contains(&code));
            return now.unstable_restarts.saturating_sub(1 + u64::from(is_over));
        }
        let restarts = now.restarts.saturating_sub(self.restarts);
        restarts.saturating_sub(self.being_replaced.into())
    }
}

/// The ends of an app that were followed by a restart.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Crashes {
    pub(super) count: u64,
    pub(super) exit_code: Option<i64>,
    /// Whether the last end was not followed by a restart yet.
    pub(super) is_down: bool,
}

/// The restarts of an app since the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restarts {
    None,
    /// A user, a schedule or a watch has asked for them.
    AskedFor,
    /// At least one was because it had ended.
    Crashed,
}

/// What is compared with the engine's list later.
pub(super) fn seen<'p>(processes: impl Iterator<Item = &'p Process>) -> Vec<Seen> {
    processes.map(Seen::of).collect()
}

impl Item<'_> {
    /// Whether something waits for what becomes of it.
    pub(super) fn is_watched(&self) -> bool {
        matches!(self.stage, Stage::Probing | Stage::Completing)
    }

    /// Whether one of its processes may be about to end again.
    pub(super) fn is_unsettled(&self, list: &[Process]) -> bool {
        let (app, time) = (self.definition.app, since_epoch());
        let unsettled = |seen: &Seen| {
            let now = list.iter().find(|now| now.id == seen.id);
            now.is_some_and(|now| is_unsettled(now, app, time))
        };
        self.before.unsettled && self.processes.iter().any(unsettled)
    }

    /// Why it has failed, if it is kept and its `alive` probe, for which it was restarted before, has not
    /// succeeded since.
    pub(super) fn is_unwell(&self, list: &[Process]) -> Option<FailedApp> {
        let now = self.processes.iter().find_map(|seen| {
            list.iter().find(|now| now.id == seen.id && now.is_online() && now.is_unwell)
        });
        let now = now.filter(|_| self.before.unsettled)?;
        Some(failures::is_unwell(self.definition.app, now))
    }

    /// How long what was restarted just before is waited for: until it has run for a while, and its
    /// `alive` probe was tried.
    pub(super) fn time_to_settle(&self) -> Duration {
        let alive = self.definition.app.alive.as_ref();
        let tried = alive.map(|alive| alive.interval.saturating_add(alive.timeout));
        SETTLED.max(tried.unwrap_or_default())
    }

    /// Whether the engine has answered that it is started.
    pub(super) fn is_running(&self) -> bool {
        match self.stage {
            Stage::Probing | Stage::Completing | Stage::Done => true,
            Stage::Waiting | Stage::Deleting(_) | Stage::Starting => false,
        }
    }

    /// Its processes before anything was done, in the order in which they were begun.
    pub(super) fn by_number(&self) -> Vec<ProcessId> {
        let mut ids = self.step.processes.clone();
        ids.sort_unstable();
        ids
    }

    /// Whether the engine can make a change while the app keeps running.
    pub(super) fn reloads(&self, engine: &dyn Engine, fields: &[Difference]) -> bool {
        self.shares
            && !self.step.processes.is_empty()
            && can_replace(engine, self.definition.app, fields)
    }

    /// Why it has failed, if it has: it was deleted, has ended or was restarted.
    ///
    /// While it is waited for, it may end and be restarted: that is what its restart policy is for. At the
    /// last look it has to be there.
    pub(super) fn has_failed(
        &self,
        list: &[Process],
        engine: &dyn Engine,
        is_last: bool,
    ) -> Option<FailedApp> {
        let app = self.definition.app;
        if matches!(self.stage, Stage::Waiting | Stage::Deleting(_) | Stage::Starting) {
            return None;
        }
        let gone = self.processes.iter().any(|seen| list.iter().all(|now| now.id != seen.id));
        if gone {
            return Some(failures::deleted(app, engine.name()));
        }
        self.processes.iter().find_map(|seen| {
            let now = list.iter().find(|now| now.id == seen.id)?;
            let again = self.before.unsettled && seen.is_restarted_unasked(now);
            let crashes = seen.crashes(now, app).max(again.into());
            let counts = self.started.is_some() || self.before.unsettled;
            if crashes > 0 && counts && !self.is_watched() && !self.was_ready(now) {
                return Some(failures::restarted(app, now, crashes));
            }
            let fine = is_as_it_should(now, app)
                || app.may_end() && now.is_launching()
                || !app.starts_by_itself()
                || seen.is_being_replaced(now)
                || seen.is_replaced(now) && now.is_launching()
                || (self.is_watched() || !is_last) && may_come_back(now, app);
            if !seen.is_being_replaced(now)
                && let Some((delay, limit)) = self.misses_its_time(now)
            {
                return Some(failures::restarts_too_late(app, now, delay, limit));
            }
            (!fine).then(|| failures::is_not_running(app, now))
        })
    }

    /// The time until a process is restarted and the time limit of what is waited for, if the limit is
    /// shorter.
    fn misses_its_time(&self, now: &Process) -> Option<(Duration, Duration)> {
        let limit = self.wait.filter(|_| self.is_watched())?.limit;
        let delay = now.restart_delay.filter(|_| now.phase == Phase::WaitingRestart)?;
        (delay > limit).then_some((delay, limit))
    }

    /// Whether a process was there already when the app became ready.
    fn was_ready(&self, now: &Process) -> bool {
        self.ready_at.is_some_and(|ready_at| Duration::from_millis(now.since) <= ready_at)
    }

    /// Takes note of the ends of its processes that were followed by a restart, and of restarts that were
    /// asked for.
    pub(super) fn note_restarts(&mut self, list: &[Process]) -> Restarts {
        let app = self.definition.app;
        let before = self.crashes.count;
        let mut is_another = false;
        self.crashes.is_down = false;
        for seen in &mut self.processes {
            let Some(now) = list.iter().find(|now| now.id == seen.id) else { continue };
            is_another |= seen.is_another(now);
            let crashes = seen.crashes(now, app);
            if crashes > 0 {
                self.crashes.count += crashes;
                self.crashes.exit_code = now.exit_code;
            }
            if now.phase == Phase::WaitingRestart && !seen.is_being_replaced(now) {
                self.crashes.exit_code = now.exit_code;
                self.crashes.is_down = true;
            }
            *seen = seen.later(now);
        }
        match (self.crashes.count > before, is_another) {
            (true, _) => Restarts::Crashed,
            (false, true) => Restarts::AskedFor,
            (false, false) => Restarts::None,
        }
    }

    /// Whether one of its processes has ended since it was started.
    pub(super) fn has_crashed(&self, list: &[Process]) -> bool {
        let app = self.definition.app;
        let crashes = |seen: &Seen| {
            let now = list.iter().find(|now| now.id == seen.id);
            now.is_none_or(|now| seen.crashes(now, app) > 0)
        };
        self.crashes.count > 0 || self.processes.iter().any(crashes)
    }

    /// Whether all its processes have ended with exit code 0, and not because somebody has asked for a
    /// restart.
    pub(super) fn has_completed(&self, list: &[Process]) -> bool {
        let has_not = |seen: &Seen| {
            let now = list.iter().find(|now| now.id == seen.id);
            now.is_some_and(|now| !now.has_completed() || seen.is_being_replaced(now))
        };
        !self.processes.iter().any(has_not)
    }
}

/// Whether a process that does not run is restarted, or is about to run.
fn may_come_back(process: &Process, app: &App) -> bool {
    let policy = app.restart_policy();
    let is_final = process.exit_code.is_some_and(|code| policy.final_codes.contains(&code));
    match process.phase {
        Phase::Launching | Phase::WaitingRestart => true,
        // Between its end and its restart, the engine says the same as of one that was stopped.
        Phase::Online | Phase::Stopping | Phase::Stopped => policy.restarts && !is_final,
        Phase::Errored | Phase::Other(_) => false,
    }
}

/// Whether a process was started as its definition says, by the engine's answer to the request.
pub(super) fn has_started(process: &Process, app: &App) -> bool {
    (is_as_it_should(process, app) || app.may_end()) && has_process(process, app)
}

/// Whether there is a process if the engine says online: a program that cannot be started has none. A
/// process that has ended since is seen by the next look, which knows how it ended.
fn has_process(process: &Process, app: &App) -> bool {
    process.phase != Phase::Online || app.may_end() || process.pid != 0
}

#[cfg(test)]
mod tests {
    use promethean_core::declaration::Declaration;
    use promethean_core::ecosystem::Ecosystem;
    use promethean_core::resolve::Options;
    use serde_json::{Value, json};

    use super::*;

    fn app(settings: &Value) -> App {
        let declaration = json!({"units": [{"service": {
            "kind": "node", "name": "job", "block": {"settings": settings},
        }}]});
        let declaration: Declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
        ecosystem.resolve(&Options::default()).unwrap().apps.remove(0)
    }

    /// One that was started a moment ago.
    fn young() -> Process {
        let (since, never_asked) = (1_000, true);
        Process {
            pid: 10,
            phase: Phase::Online,
            since,
            requested: since,
            never_asked,
            ..Process::default()
        }
    }

    /// The same when a schedule has restarted it, so that both its runs have ended early.
    fn scheduled() -> Process {
        Process {
            pid: 0,
            phase: Phase::Stopped,
            exit_code: Some(0),
            restarts: 1,
            unstable_restarts: 2,
            since: 1_700,
            requested: 1_500,
            never_asked: false,
            ..young()
        }
    }

    #[test]
    fn a_run_of_a_job_that_a_schedule_ends_early_is_no_crash() {
        let job = app(&json!({"autorestart": [false], "cron_restart": ["* * * * * *"]}));
        let (first, now) = (Seen::of(&young()), scheduled());
        assert_eq!(first.crashes(&now, &job), 0);
        // Of what restarts when it ends, the second early end is its own.
        let service = app(&json!({"cron_restart": ["* * * * * *"]}));
        assert_eq!(first.crashes(&Process { phase: Phase::Online, ..now }, &service), 1);
    }

    #[test]
    fn an_end_that_no_restart_follows_is_no_crash() {
        let service = app(&json!({"stop_exit_codes": [3], "cron_restart": ["* * * * * *"]}));
        let first = Seen::of(&young());
        let over = Process { exit_code: Some(3), ..scheduled() };
        assert_eq!(first.crashes(&over, &service), 0);
        // It has ended once more before.
        let crashed = Process { unstable_restarts: 3, ..over };
        assert_eq!(first.crashes(&crashed, &service), 1);
    }

    #[test]
    fn a_schedule_that_is_seen_at_each_of_its_steps_is_no_crash() {
        let job = app(&json!({"autorestart": [false], "cron_restart": ["* * * * * *"]}));
        let asked = |phase, restarts, since| Process {
            phase,
            restarts,
            since,
            requested: 1_500,
            never_asked: false,
            is_being_replaced: since < 1_500,
            ..young()
        };
        let steps = [
            young(),
            asked(Phase::Stopping, 0, 1_000),
            Process { pid: 0, exit_code: Some(0), ..asked(Phase::Stopped, 1, 1_000) },
            asked(Phase::Online, 1, 1_700),
            Process { pid: 0, exit_code: Some(0), ..asked(Phase::Stopped, 1, 1_700) },
            // It starts what has completed: that is counted as no restart.
            Process { since: 2_500, requested: 2_500, ..asked(Phase::Online, 1, 2_500) },
        ];
        // A look finds any of them, after any of those before.
        for (index, step) in steps.iter().enumerate() {
            for later in &steps[index..] {
                for service in [&job, &app(&json!({"cron_restart": ["* * * * * *"]}))] {
                    let crashes = Seen::of(step).crashes(later, service);
                    assert_eq!(crashes, 0, "{step:?}\n{later:?}");
                }
            }
        }
    }
}
