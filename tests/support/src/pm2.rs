//! The real PM2, each one with a home and a daemon of its own.

use std::io::ErrorKind::{ConnectionRefused, InvalidInput, NotFound};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::node::modules;

/// A PM2 with a home of its own. Its daemon and all its apps end with this value.
#[derive(Debug)]
pub struct Pm2 {
    directory: tempfile::TempDir,
    home: PathBuf,
    package: &'static str,
}

impl Pm2 {
    /// PM2 7.
    ///
    /// # Panics
    ///
    /// When no directory for it can be made.
    #[must_use]
    pub fn new() -> Pm2 {
        Pm2::of_package("pm2")
    }

    /// The PM2 of another package of `npm/package.json`.
    ///
    /// # Panics
    ///
    /// When no directory for it can be made.
    #[must_use]
    pub fn of_package(package: &'static str) -> Pm2 {
        let directory = tempfile::Builder::new().prefix("pm2-").tempdir();
        let directory = directory.expect("a temporary directory");
        Pm2 { home: directory.path().to_path_buf(), directory, package }
    }

    /// The same, with its home at a path below the directory that ends with it.
    #[must_use]
    pub fn below(mut self, path: impl AsRef<Path>) -> Pm2 {
        self.home = self.directory.path().join(path);
        self
    }

    /// The directory that ends with it; its `PM2_HOME` is this or below.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Its `PM2_HOME`.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The path of its program.
    #[must_use]
    pub fn program(&self) -> PathBuf {
        modules().join(self.package).join("bin/pm2")
    }

    /// A command of it.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program());
        command.args(arguments).env("PM2_HOME", self.home()).env("PM2_DISCRETE_MODE", "true");
        command
    }

    /// Tells a command of a system that it runs there, and keeps what it remembers there, too.
    pub fn engage<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("PM2_HOME", self.home())
            .env("PROMETHEAN_HOME", self.home().join("engines"))
            .env("PROMETHEAN_PM2", self.program())
    }

    /// Runs a command.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().expect("pm2 can be started");
        assert!(
            output.status.success(),
            "pm2 {arguments:?}:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    /// What its daemon knows of its apps.
    ///
    /// # Panics
    ///
    /// When it does not say so.
    #[must_use]
    pub fn apps(&self) -> Vec<Value> {
        #[cfg(unix)]
        match crate::axon::call(&self.home().join("rpc.sock"), "getMonitorData") {
            Ok(Value::Array(apps)) => return apps,
            // No daemon is there.
            Err(error) if matches!(error.kind(), NotFound | ConnectionRefused) => {
                return Vec::new();
            }
            // The path is longer than the path of a socket can be, which Node cuts.
            Err(error) if error.kind() == InvalidInput => {}
            other => panic!("PM2's daemon says {other:?}"),
        }
        let output = self.run(&["jlist"]);
        let text = String::from_utf8_lossy(&output.stdout);
        // A daemon that is started by this very command says so first.
        let json = text.lines().rev().find(|line| line.starts_with('['));
        serde_json::from_str(json.expect("jlist prints a list")).expect("jlist prints JSON")
    }

    /// Whether somebody may listen at its socket.
    fn may_have_daemon(&self) -> bool {
        #[cfg(unix)]
        if let Err(error) = std::os::unix::net::UnixStream::connect(self.home().join("rpc.sock")) {
            return !matches!(error.kind(), NotFound | ConnectionRefused);
        }
        true
    }

    /// What it knows of one app.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    #[must_use]
    pub fn app(&self, name: &str) -> Value {
        let found = self.apps().into_iter().find(|app| app["name"] == name);
        found.unwrap_or_else(|| panic!("there is no app {name}"))
    }
}

impl Default for Pm2 {
    fn default() -> Pm2 {
        Pm2::new()
    }
}

impl Drop for Pm2 {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.home().join("pm2.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(60);
            eprintln!(
                "the last lines of PM2's log:\n{}",
                lines.get(last..).unwrap_or_default().join("\n")
            );
        }
        // Whatever state a failed test leaves, nothing of it may go on.
        #[cfg(target_os = "linux")]
        {
            // What a daemon is about to start has its title for a moment.
            let daemons = std::iter::from_fn(|| daemon_of(self.home()));
            if daemons.take_while(|daemon| end_all_of(*daemon)).count() > 0 {
                return;
            }
        }
        // Node cuts the path of a socket and the title of a process where they are too long.
        if self.may_have_daemon() {
            let _ = self.command(&["kill"]).output();
        }
    }
}

/// The daemon of a home, be it one that no file names.
#[cfg(target_os = "linux")]
fn daemon_of(home: &Path) -> Option<u32> {
    let title = format!("God Daemon ({})", home.display());
    pids().find(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&title)
    })
}

/// Ends a daemon of PM2 and all that it has started, at once: `pm2 kill` gives every app the time to
/// end that it asks for.
/// Returns whether it did.
#[cfg(target_os = "linux")]
fn end_all_of(daemon: u32) -> bool {
    use rustix::process::{Pid, Signal, kill_process};

    let signal = |pid: u32, signal| {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
    };
    // It starts nothing from now on.
    if !signal(daemon, Signal::STOP) {
        return false;
    }
    loop {
        let descendants = descendants(daemon);
        if descendants.is_empty() {
            return signal(daemon, Signal::KILL);
        }
        for descendant in descendants {
            signal(descendant, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The processes of this machine.
#[cfg(target_os = "linux")]
fn pids() -> impl Iterator<Item = u32> {
    let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The processes below another that have not ended.
#[cfg(target_os = "linux")]
fn descendants(ancestor: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = pids()
        .filter_map(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // After the name, in which anything may stand: the state and the parent.
            let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
            let has_ended = matches!(fields.next()?, "Z" | "X");
            (!has_ended).then_some((pid, fields.next()?.parse().ok()?))
        })
        .collect();
    let mut found = vec![ancestor];
    let mut seen = 0;
    while let Some(parent) = found.get(seen).copied() {
        seen += 1;
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
    }
    found.split_off(1)
}

/// How long a test waits for what has to happen: long enough for a machine that is busy with other
/// things, short enough that a hanging test ends.
pub const LIMIT: Duration = Duration::from_secs(300);

/// Waits until something is so. It is looked often: some of it does not stay so.
///
/// # Panics
///
/// When it is not so within [`LIMIT`].
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
