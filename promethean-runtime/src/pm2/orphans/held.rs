//! What the daemon that lives has in its hands.
//!
//! Its processes that it does not list end, or are listed in a moment. One that is neither has been
//! lost: PM2 has given its number to another, which happens when two ask it at a time to end a
//! process.

use std::time::{Duration, SystemTime};

use camino::Utf8PathBuf;
use sysinfo::Pid;

use super::seconds;
use crate::engine::processes::Processes;
use crate::engine::times::{Times, since_epoch};
use crate::engine::{Known, Look, Orphan, Orphaned, Process, Whose};

/// How long PM2 may take to end or replace a process, beyond what the app itself may take.
const SLACK: Duration = Duration::from_secs(10);

/// What the daemon has in its hands.
pub(super) struct Hands<'h> {
    pub(super) look: Look<'h>,
    /// The daemon's process.
    pub(super) daemon: Option<Pid>,
    pub(super) processes: &'h Processes,
}

impl Hands<'_> {
    /// A process of one of these apps, which are not none.
    pub(super) fn orphan(&self, pid: u32, apps: &[Known<'_>], file: Option<Utf8PathBuf>) -> Orphan {
        let times = apps.iter().map(|(_, remembered)| remembered.kill_timeout());
        Orphan {
            whose: Whose::one_of(apps.iter().map(|(app, _)| *app)),
            pid,
            file,
            kill_timeout: times.max().unwrap_or_default(),
            group: self.processes.group(pid),
            how: if self.have(pid) { Orphaned::Lost } else { Orphaned::Killed },
        }
    }

    /// Whether a process is one of the daemon.
    fn have(&self, pid: u32) -> bool {
        let parent = self.processes.get(pid).and_then(sysinfo::Process::parent);
        self.daemon.is_some() && parent == self.daemon
    }

    /// Whether the daemon is about to end or to list a process of its own. One that it has restarted
    /// since it was asked for its list is not in there.
    pub(super) fn hold(&self, pid: u32, app: Known<'_>) -> bool {
        let is_young = || {
            let (started, now) = (self.processes.started(pid), seconds(SystemTime::now()));
            started.zip(now).is_some_and(|(started, now)| started + SLACK.as_secs() > now)
        };
        self.have(pid) && (is_young() || self.is_busy(app))
    }

    /// Whether the daemon is about to end what a process has left: it was there at that time.
    pub(super) fn end(&self, asked: u64, app: Known<'_>) -> bool {
        let begun = self.daemon.and_then(|daemon| self.processes.started(daemon.as_u32()));
        begun.is_some_and(|begun| begun < asked) && self.is_busy(app)
    }

    /// Whether the daemon may be at work on an app: it says so, it was asked a moment ago, or it has
    /// started a process a moment ago, in the place of another.
    fn is_busy(&self, (app, remembered): Known<'_>) -> bool {
        let now = since_epoch();
        let own = || self.look.listed.iter().filter(|process| process.name == app);
        let grace = own().map(time_at_work).max().unwrap_or_default();
        let grace = grace.max(Times::end_within(remembered.kill_timeout()) + SLACK);
        let asked = Duration::from_secs(remembered.ending_at);
        self.look.at_work
            || asked + grace > now
            || own().any(|process| {
                process.is_stopping()
                    || process.is_launching()
                    || Duration::from_millis(process.since) + grace > now
            })
    }
}

/// How long PM2 may take to replace a process of an app as it was started: it waits for the new one,
/// and asks the old one twice.
pub(in crate::pm2) fn time_at_work(process: &Process) -> Duration {
    Times::of_process(process).replace() + SLACK
}
