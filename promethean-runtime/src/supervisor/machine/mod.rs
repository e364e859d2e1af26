//! The state machine of one process of a service.
//!
//! It is pure: an event and the time come in, actions come out. It reads no clock, starts nothing and
//! never waits. Whoever drives it does the actions, in their order, and calls it again with what comes of
//! them and at its [deadline](Machine::deadline).
//!
//! ```text
//!             Start            Spawned              SaidReady, deadline
//!   Resting ────────▶ Spawning ────────▶ Launching ───────────────────▶ Online
//!      ▲                 ▲  ▲                │                            │
//!      │                 │  └── Waiting      │  Exited, Stop, Restart …   │
//!      │                 │        ▲          ▼                            │
//!      └─────────────────┴────────┴─────── Ending ◀───────────────────────┘
//!                           FamilyGone
//! ```
//!
//! Its promises, which `tests/it/supervisor_machine.rs` puts to the test:
//!
//! - Never two copies: [`Action::Spawn`] comes only where nothing of the process runs. The only ways to it
//!   are from rest, from waiting and after [`Event::FamilyGone`].
//! - It ends when told to: after [`Event::Stop`] nothing but a command starts it. A change, a schedule and
//!   an exit do not.
//! - Never stuck: wherever something is waited for, there is a deadline. What does not end is killed after
//!   `kill_timeout`, and again every `kill_retry_time` while anything is left.
//! - Restarts are counted, delayed and given up as PM2 does it; each rule names its source in PM2 7.0.4.
//! - What dies of a signal has failed, unless it was to end: for PM2 it has ended with code 0.
//! - What PM2 knows nothing of restarts only what runs or has failed: a probe that fails, and a
//!   dependency that has restarted. What was stopped or has completed stays so.

mod action;
mod event;
mod state;
#[cfg(test)]
mod tests;

use std::time::Duration;

use promethean_core::pm2;

use super::policy::Policy;

pub use action::{Action, Ask, Cause, Fact};
pub use event::{Event, Exit};
pub use state::State;

/// The state machine of one process of a service. Times are those of one clock that never goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    policy: Policy,
    stage: Stage,
    history: History,
    /// When a change that was noticed leads to a restart.
    change: Option<Duration>,
    /// What the event that is being handled leads to.
    actions: Vec<Action>,
}

/// Where a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing runs, nothing starts by itself.
    Resting(Rest),
    /// Nothing runs. It starts then.
    Waiting { until: Duration },
    /// It is to be spawned; whether it was is not known yet. `then` was asked for meanwhile, with so
    /// much time to end.
    Spawning { then: Option<Next>, patience: Duration },
    /// It runs, and shall report that it is ready.
    Launching { until: Duration },
    /// It runs.
    Online,
    /// It ends, or has ended and what it has started ends. All is killed at `kill_at`.
    Ending { runs: bool, kill_at: Duration, is_killed: bool, next: Next },
}

/// What comes when nothing of it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Rest(Rest),
    Start { at: Duration, is_restart: bool },
}

/// Why nothing runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// It was never started: `autostart false`.
    Unstarted,
    Stopped,
    Completed,
    Failed,
    GivenUp,
}

impl From<Rest> for State {
    fn from(rest: Rest) -> State {
        match rest {
            Rest::Unstarted | Rest::Stopped => State::Stopped,
            Rest::Completed => State::Completed,
            Rest::Failed => State::Failed,
            Rest::GivenUp => State::GivenUp,
        }
    }
}

/// What PM2 remembers of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct History {
    /// `pm_uptime`: when it was last started.
    since: Option<Duration>,
    /// `created_at`: when its start was last asked for; none after it was given up.
    requested: Option<Duration>,
    /// Whether a start was asked for that has not happened yet.
    is_asked_for: bool,
    /// Whether the last start was asked for: otherwise it came because the process had ended.
    was_asked_for: bool,
    /// `restart_time`
    restarts: u64,
    /// `unstable_restarts`: early ends.
    early_ends: u64,
    /// `prev_restart_delay`: the last delay of a backoff.
    backoff: Duration,
    /// How it has ended last.
    exit: Option<Exit>,
    /// Whether it was told to end then.
    was_told_to_end: bool,
    /// Whether it has not reported in time that it is ready.
    is_silent: bool,
    /// How often its probe has failed in a row since it was started.
    failures: u32,
    /// Whether its probe has succeeded since it was started.
    was_well: bool,
    /// Whether its probe has restarted it, and has not succeeded since.
    is_unwell: bool,
}

impl Machine {
    /// A process that was never started.
    #[must_use]
    pub fn new(policy: Policy) -> Machine {
        Machine {
            policy,
            stage: Stage::Resting(Rest::Unstarted),
            history: History::default(),
            change: None,
            actions: Vec::new(),
        }
    }

    /// One that takes the place of this one, which goes on until it ends: its restart is counted
    /// (`hardReload` in `lib/God/Reload.js`).
    #[must_use]
    pub fn successor(&self, policy: Policy) -> Machine {
        let restarts = self.history.restarts + 1;
        Machine { history: History { restarts, ..History::default() }, ..Machine::new(policy) }
    }

    /// Takes what has happened and returns what is to be done.
    pub fn handle(&mut self, event: Event, now: Duration) -> Vec<Action> {
        self.forget_backoff(now);
        match event {
            Event::Start => self.start(now),
            Event::Stop => self.stop(now),
            Event::Restart => self.restart(now),
            Event::Kill => self.kill(now),
            Event::Spawned => self.spawned(now),
            Event::SpawnFailed => self.spawn_failed(now),
            Event::Exited(exit) => self.exited(exit, now),
            Event::FamilyGone => self.family_gone(now),
            Event::SaidReady => self.said_ready(),
            Event::Changed => self.changed(now),
            Event::Scheduled => self.scheduled(now),
            Event::TooMuchMemory => self.too_much_memory(now),
            Event::Well => self.well(),
            Event::Unwell => self.unwell(now),
            Event::DependencyRestarted => self.dependency_restarted(now),
            Event::Tick => {}
        }
        self.tick(now);
        std::mem::take(&mut self.actions)
    }

    /// When [`Event::Tick`] is due, if nothing else happens before.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let stage = match self.stage {
            Stage::Resting(_) | Stage::Spawning { .. } | Stage::Online => None,
            Stage::Waiting { until } | Stage::Launching { until } => Some(until),
            Stage::Ending { kill_at, .. } => Some(kill_at),
        };
        stage.into_iter().chain(self.change).min()
    }

    /// What the process does.
    #[must_use]
    pub fn state(&self) -> State {
        match self.stage {
            Stage::Resting(rest) => rest.into(),
            Stage::Spawning { then: None, .. } | Stage::Launching { .. } => State::Starting,
            Stage::Online => State::Online,
            Stage::Waiting { .. }
            | Stage::Spawning { then: Some(Next::Start { .. }), .. }
            | Stage::Ending { next: Next::Start { .. }, .. } => State::Restarting,
            Stage::Spawning { then: Some(Next::Rest(_)), .. }
            | Stage::Ending { next: Next::Rest(_), .. } => State::Stopping,
        }
    }

    /// How often it was restarted.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.history.restarts
    }

    /// How often it has ended too early since its start was last asked for.
    #[must_use]
    pub fn early_ends(&self) -> u64 {
        self.history.early_ends
    }

    /// When it was last started; `None` if it never was.
    #[must_use]
    pub fn since(&self) -> Option<Duration> {
        self.history.since
    }

    /// When its start was last asked for; `None` after it was given up.
    #[must_use]
    pub fn requested(&self) -> Option<Duration> {
        self.history.requested
    }

    /// Whether a restart was asked for, by whomever, and has not happened yet.
    #[must_use]
    pub fn is_being_replaced(&self) -> bool {
        self.history.is_asked_for
    }

    /// Whether its last start was asked for: otherwise it came because the process had ended.
    #[must_use]
    pub fn was_asked_for(&self) -> bool {
        self.history.was_asked_for
    }

    /// Whether its probe has restarted it and has not succeeded since. A restart that was requested after that
    /// clears it.
    #[must_use]
    pub fn is_unwell(&self) -> bool {
        self.history.is_unwell
    }

    /// The delay before its restart: with a backoff the last one, which is 0 before the first.
    #[must_use]
    pub fn restart_delay(&self) -> Duration {
        self.policy.backoff.map_or(self.policy.restart_delay, |_| self.history.backoff)
    }

    /// How often its probe has failed in a row, and after how many times it is restarted.
    #[must_use]
    pub fn failures(&self) -> (u32, Option<u32>) {
        (self.history.failures, self.policy.most_failures)
    }

    /// How it has ended last.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        self.history.exit
    }

    /// Whether it was told to end when it ended last: so that it stops, or starts again.
    #[must_use]
    pub fn was_told_to_end(&self) -> bool {
        self.history.was_told_to_end
    }

    /// The exit code of its last run. What ends of the signal that it was sent has done what it should.
    #[must_use]
    pub fn exit_code(&self) -> Option<i64> {
        match self.history.exit? {
            Exit::Signal(_) if self.history.was_told_to_end => Some(0),
            exit => exit.code(),
        }
    }

    /// The signal that has killed it, and that was not to end it.
    #[must_use]
    pub fn killed_by(&self) -> Option<i32> {
        self.history.exit.filter(|_| !self.history.was_told_to_end)?.signal()
    }

    /// Whether it should have reported that it is ready, and has not in time.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.history.is_silent
    }

    fn start(&mut self, now: Duration) {
        match &mut self.stage {
            Stage::Launching { .. } | Stage::Online => {}
            Stage::Spawning { then, patience } => {
                if then.take_if(|then| matches!(then, Next::Rest(_))).is_some() {
                    *patience = self.policy.kill_timeout;
                }
            }
            Stage::Ending { next, .. } => {
                let is_restart = matches!(next, Next::Start { is_restart: true, .. });
                *next = Next::Start { at: now, is_restart };
                self.history.reset(now);
            }
            Stage::Resting(_) => {
                self.history.reset(now);
                self.spawn(false, now);
            }
            Stage::Waiting { .. } => {
                self.history.reset(now);
                self.spawn(true, now);
            }
        }
    }

    fn restart(&mut self, now: Duration) {
        if !self.replace(Cause::Command, now) {
            self.start(now);
        }
    }

    /// PM2 restarts what runs and starts what has ended for good; what waits for its restart goes on
    /// waiting (`God.registerCron` in `lib/Worker.js`, `God.restartProcessId` and `God.startProcessId` in
    /// `lib/God/ActionMethods.js`). What was never started runs only at its times: PM2 never starts it.
    fn scheduled(&mut self, now: Duration) {
        if self.replace(Cause::Schedule, now) {
            return;
        }
        match self.stage {
            Stage::Resting(Rest::Unstarted | Rest::Completed | Rest::Failed | Rest::GivenUp) => {
                self.start(now);
            }
            Stage::Waiting { .. } | Stage::Ending { .. } => {
                let is_asked_for = self.history.is_asked_for;
                self.history.reset(now);
                self.history.is_asked_for = is_asked_for;
            }
            Stage::Resting(Rest::Stopped)
            | Stage::Spawning { .. }
            | Stage::Launching { .. }
            | Stage::Online => {}
        }
    }

    /// PM2 measures only what is online (`filterBadProcess` in `lib/God/ActionMethods.js`).
    fn too_much_memory(&mut self, now: Duration) {
        if self.stage == Stage::Online {
            self.replace(Cause::Memory, now);
        }
    }

    fn well(&mut self) {
        if self.stage == Stage::Online {
            self.history.failures = 0;
            (self.history.was_well, self.history.is_unwell) = (true, false);
        }
    }

    /// Only what runs has failed. What has just been started has time to become ready.
    fn unwell(&mut self, now: Duration) {
        let Some(most) = self.policy.most_failures else { return };
        let History { was_well, since, .. } = self.history;
        let is_young =
            !was_well && since.is_some_and(|since| now.saturating_sub(since) < self.policy.grace);
        if self.stage != Stage::Online || is_young {
            return;
        }
        self.history.failures += 1;
        if self.history.failures >= most {
            self.history.is_unwell = self.replace(Cause::Probe, now);
        }
    }

    /// What has failed may have failed for its dependency.
    fn dependency_restarted(&mut self, now: Duration) {
        if self.replace(Cause::Dependency, now) {
            return;
        }
        match self.stage {
            Stage::Resting(Rest::Failed | Rest::GivenUp) => self.start(now),
            Stage::Resting(Rest::Unstarted | Rest::Stopped | Rest::Completed)
            | Stage::Waiting { .. }
            | Stage::Spawning { .. }
            | Stage::Launching { .. }
            | Stage::Online
            | Stage::Ending { .. } => {}
        }
    }

    /// PM2 notes no change while it restarts for another one (`God.watch.enable` in `lib/Watcher.js`).
    fn changed(&mut self, now: Duration) {
        match self.stage {
            Stage::Spawning { .. }
            | Stage::Ending { .. }
            | Stage::Resting(Rest::Unstarted | Rest::Stopped) => {}
            Stage::Resting(Rest::Completed | Rest::Failed | Rest::GivenUp)
            | Stage::Waiting { .. }
            | Stage::Launching { .. }
            | Stage::Online => {
                self.change.get_or_insert(now.saturating_add(self.policy.watch_delay));
            }
        }
    }

    /// What PM2 does `watch_delay` after a change: it restarts what is online and starts what has ended
    /// for good, without forgetting its early ends (`God.restartProcessName` in
    /// `lib/God/ActionMethods.js`).
    fn act_on_change(&mut self, now: Duration) {
        match self.stage {
            Stage::Online => {
                self.replace(Cause::Change, now);
            }
            Stage::Resting(Rest::Completed | Rest::Failed | Rest::GivenUp) => {
                self.spawn(false, now);
            }
            Stage::Resting(Rest::Unstarted | Rest::Stopped)
            | Stage::Waiting { .. }
            | Stage::Spawning { .. }
            | Stage::Launching { .. }
            | Stage::Ending { .. } => {}
        }
    }

    /// Ends what runs, so that it starts again. Returns whether anything runs.
    fn replace(&mut self, cause: Cause, now: Duration) -> bool {
        let again = Next::Start { at: now, is_restart: true };
        match &mut self.stage {
            Stage::Launching { .. } | Stage::Online => {
                self.end(again, self.policy.kill_timeout, now);
            }
            Stage::Spawning { then: then @ None, .. } => *then = Some(again),
            Stage::Spawning { then: Some(_), .. }
            | Stage::Resting(_)
            | Stage::Waiting { .. }
            | Stage::Ending { .. } => return false,
        }
        self.history.reset(now);
        self.record(Fact::Restarting(cause));
        true
    }

    fn stop(&mut self, now: Duration) {
        self.end_for_good(self.policy.kill_timeout, now);
    }

    fn kill(&mut self, now: Duration) {
        self.end_for_good(Duration::ZERO, now);
    }

    fn end_for_good(&mut self, patience: Duration, now: Duration) {
        let stopped = Next::Rest(Rest::Stopped);
        self.change = None;
        self.history.is_asked_for = false;
        match &mut self.stage {
            Stage::Resting(rest) => *rest = Rest::Stopped,
            Stage::Waiting { .. } => self.settle(stopped, now),
            Stage::Spawning { then, patience: given } => {
                *then = Some(stopped);
                *given = (*given).min(patience);
            }
            Stage::Launching { .. } | Stage::Online => self.end(stopped, patience, now),
            Stage::Ending { next, kill_at, .. } => {
                *next = stopped;
                *kill_at = (*kill_at).min(now.saturating_add(patience));
            }
        }
    }

    fn spawned(&mut self, now: Duration) {
        let Stage::Spawning { then, patience } = self.stage else { return };
        match (then, self.policy.ready_within) {
            (Some(next), _) => self.end(next, patience, now),
            (None, Some(time)) => {
                self.stage = Stage::Launching { until: now.saturating_add(time) };
            }
            (None, None) => self.online(),
        }
    }

    fn spawn_failed(&mut self, now: Duration) {
        let Stage::Spawning { then, .. } = self.stage else { return };
        self.history.was_told_to_end = false;
        let next = self.judge(Exit::NotSpawned, now);
        self.settle(then.unwrap_or(next), now);
    }

    /// PM2 counts every end, also one that was asked for (`God.handleExit` in `lib/God.js`).
    fn exited(&mut self, exit: Exit, now: Duration) {
        match self.stage {
            Stage::Launching { .. } | Stage::Online => {
                self.history.was_told_to_end = false;
                let next = self.judge(exit, now);
                self.stage = Stage::Ending {
                    runs: false,
                    kill_at: now.saturating_add(self.policy.kill_timeout),
                    is_killed: false,
                    next,
                };
                self.ask_children();
            }
            Stage::Ending { runs: true, kill_at, is_killed, next } => {
                self.history.was_told_to_end = true;
                self.judge(exit, now);
                self.stage = Stage::Ending { runs: false, kill_at, is_killed, next };
                if self.policy.by_message {
                    self.ask_children();
                }
            }
            Stage::Resting(_)
            | Stage::Waiting { .. }
            | Stage::Spawning { .. }
            | Stage::Ending { runs: false, .. } => {}
        }
    }

    fn family_gone(&mut self, now: Duration) {
        if let Stage::Ending { runs: false, next, .. } = self.stage {
            self.settle(next, now);
        }
    }

    fn said_ready(&mut self) {
        match self.stage {
            Stage::Launching { .. } => self.online(),
            // Later than it should.
            Stage::Online => self.history.is_silent = false,
            Stage::Resting(_)
            | Stage::Waiting { .. }
            | Stage::Spawning { .. }
            | Stage::Ending { .. } => {}
        }
    }

    fn tick(&mut self, now: Duration) {
        if self.change.take_if(|due| *due <= now).is_some() {
            self.act_on_change(now);
        }
        match &mut self.stage {
            // PM2 takes a process that says nothing for online (`God.executeApp` in `lib/God.js`).
            Stage::Launching { until } if *until <= now => {
                self.history.is_silent = true;
                self.stage = Stage::Online;
                self.record(Fact::Silent);
            }
            Stage::Waiting { until } if *until <= now => self.spawn(true, now),
            Stage::Ending { kill_at, is_killed, .. } if *kill_at <= now => {
                *kill_at = now.saturating_add(self.policy.kill_retry_time);
                let is_first = !std::mem::replace(is_killed, true);
                if is_first {
                    self.record(Fact::Killed);
                }
                self.actions.push(Action::Kill);
            }
            Stage::Resting(_)
            | Stage::Waiting { .. }
            | Stage::Spawning { .. }
            | Stage::Launching { .. }
            | Stage::Online
            | Stage::Ending { .. } => {}
        }
    }

    /// Starts it. Nothing of it runs.
    fn spawn(&mut self, is_restart: bool, now: Duration) {
        self.history.started(is_restart, now);
        self.stage = Stage::Spawning { then: None, patience: self.policy.kill_timeout };
        self.actions.push(Action::Spawn);
    }

    fn online(&mut self) {
        self.stage = Stage::Online;
        self.record(Fact::Online);
    }

    /// Ends what runs (`God.killProcess` in `lib/God/Methods.js`).
    fn end(&mut self, next: Next, patience: Duration, now: Duration) {
        let kill_at = now.saturating_add(patience);
        self.stage = Stage::Ending { runs: true, kill_at, is_killed: false, next };
        self.actions.push(Action::Ask(match () {
            () if self.policy.by_message => Ask::Message,
            () if self.policy.with_children => Ask::Family,
            () => Ask::Process,
        }));
    }

    /// Asks what a process has left running when it ended.
    fn ask_children(&mut self) {
        if self.policy.with_children {
            self.actions.push(Action::Ask(Ask::Family));
        }
    }

    /// Nothing of it runs: goes on to what comes next.
    fn settle(&mut self, next: Next, now: Duration) {
        match next {
            Next::Rest(rest) => {
                self.stage = Stage::Resting(rest);
                self.history.is_asked_for = false;
                self.record(Fact::AtRest(rest.into()));
            }
            Next::Start { at, is_restart } if at <= now => self.spawn(is_restart, now),
            Next::Start { at, .. } => {
                self.stage = Stage::Waiting { until: at };
                self.record(Fact::RestartsIn(at.saturating_sub(now)));
            }
        }
    }

    /// A backoff begins again when the last start is long ago. PM2's worker looks at that every 30 s
    /// (`tasks` in `lib/Worker.js`), here every event does; but what has ended keeps its delay until the
    /// restart.
    fn forget_backoff(&mut self, now: Duration) {
        let keeps = match self.stage {
            Stage::Waiting { .. } | Stage::Ending { runs: false, .. } => true,
            Stage::Resting(_)
            | Stage::Spawning { .. }
            | Stage::Launching { .. }
            | Stage::Online
            | Stage::Ending { runs: true, .. } => false,
        };
        let since = self.history.since.unwrap_or_default();
        if !keeps && now.saturating_sub(since) > pm2::BACKOFF_RESET {
            self.history.backoff = Duration::ZERO;
        }
    }

    fn record(&mut self, fact: Fact) {
        self.actions.push(Action::Record(fact));
    }

    /// What comes after an end (`God.handleExit` in `lib/God.js`).
    fn judge(&mut self, exit: Exit, now: Duration) -> Next {
        self.record(Fact::Ended(exit));
        let early_is_too_often = self.history.ended(exit, &self.policy, now);
        let delay = self.history.delay(exit, &self.policy);
        let is_final = exit.code().is_some_and(|code| self.policy.final_codes.contains(&code));
        match () {
            () if early_is_too_often => Next::Rest(Rest::GivenUp),
            () if self.policy.restarts && !is_final => {
                Next::Start { at: now.saturating_add(delay), is_restart: true }
            }
            () if exit.is_success() => Next::Rest(Rest::Completed),
            () => Next::Rest(Rest::Failed),
        }
    }
}

impl History {
    /// A start was asked for (`God.resetState` in `lib/God/Methods.js`).
    fn reset(&mut self, now: Duration) {
        self.requested = Some(now);
        (self.is_asked_for, self.is_unwell) = (true, false);
        self.early_ends = 0;
        self.backoff = Duration::ZERO;
    }

    /// `God.executeApp` in `lib/God.js`
    fn started(&mut self, is_restart: bool, now: Duration) {
        self.restarts += u64::from(is_restart);
        // What had ended for good starts only because of somebody.
        self.was_asked_for = std::mem::take(&mut self.is_asked_for) || !is_restart;
        self.since = Some(now);
        self.requested.get_or_insert(now);
        self.is_silent = false;
        self.failures = 0;
        self.was_well = false;
    }

    /// Counts an end, and returns whether there were too many early ones.
    ///
    /// PM2 counts those within `min_uptime` of a start, and only within `max_restarts` times that of when
    /// the start was asked for: what begins to end early after a long time is restarted forever.
    fn ended(&mut self, exit: Exit, policy: &Policy, now: Duration) -> bool {
        self.exit = Some(exit);
        let most = u32::try_from(policy.max_restarts).unwrap_or(u32::MAX);
        let within = policy.min_uptime.saturating_mul(most);
        let counts = self.requested.is_some_and(|requested| now.saturating_sub(requested) < within);
        let is_early =
            self.since.is_some_and(|since| now.saturating_sub(since) < policy.min_uptime);
        // PM2 does not try again what cannot be spawned. It must not be tried forever.
        if counts && is_early || exit == Exit::NotSpawned {
            self.early_ends += 1;
        }
        let too_often = self.early_ends >= policy.max_restarts;
        if too_often {
            self.early_ends = 0;
            self.requested = None;
        }
        too_often
    }

    /// The delay before the next restart.
    fn delay(&mut self, exit: Exit, policy: &Policy) -> Duration {
        let delay = match policy.backoff {
            None => policy.restart_delay,
            Some(first) => {
                self.backoff = pm2::backoff(first, self.backoff);
                self.backoff
            }
        };
        match exit {
            Exit::NotSpawned => delay.max(policy.min_uptime),
            Exit::Code(_) | Exit::Signal(_) => delay,
        }
    }
}
