//! A system of small services, and an engine of its own to run it on: a PM2, or the embedded one.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use promethean::engine::{Engine, Owner, Process};
use promethean::logs::Stream;
use promethean::operations::{self, Down, Event, OperationError, Plan, Status, Target};
use promethean::pm2::{self, Installation, Pm2Error};
use promethean::supervisor::{self, Embedded};
use promethean::{Ecosystem, Options};
use promethean_test_support::files::{self, repository};
use promethean_test_support::pm2::{LIMIT, Pm2};

/// Makes two tests of each of these functions: on PM2, and on the embedded engine. They take the scene. Those in
/// `ahead` are for the list of that name.
macro_rules! on_both_engines {
    ($([ahead: $($ahead:ident),+ $(,)?])? $($name:ident),* $(,)?) => {
        pub mod on_pm2 {
            use crate::operations::scene::Scene;
            $($(pub fn $ahead() { super::$ahead(Scene::new()); })+)?
            $(#[test] fn $name() { super::$name(Scene::new()); })*
        }
        pub mod embedded {
            use crate::operations::scene::Scene;
            $($(pub fn $ahead() { super::$ahead(Scene::embedded()); })+)?
            $(#[test] fn $name() { super::$name(Scene::embedded()); })*
        }
    };
}
pub(crate) use on_both_engines;

/// The program of the embedded engine.
const ENGINE: &str = env!("CARGO_BIN_EXE_embedded");

/// A directory for services and an engine to run them on. All ends with it.
pub struct Scene {
    pub pm2: Its<Pm2>,
    embedded: Its<Engines>,
    root: Utf8PathBuf,
    events: Vec<Event>,
    _guard: tempfile::TempDir,
}

/// What a scene has on one of the engines. A test that uses it is that engine's own.
pub struct Its<T>(Option<T>);

impl<T> Deref for Its<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("the test is that engine's own")
    }
}

impl From<Pm2> for Its<Pm2> {
    fn from(pm2: Pm2) -> Its<Pm2> {
        Its(Some(pm2))
    }
}

/// The embedded engines of a scene: one for each of its ecosystems.
struct Engines {
    above: Utf8PathBuf,
    _guard: tempfile::TempDir,
}

impl Engines {
    /// Those that run, or have run.
    fn all(&self) -> Vec<Embedded> {
        let entries = self.above.read_dir_utf8().into_iter().flatten().flatten();
        let mut paths: Vec<Utf8PathBuf> = entries.map(|entry| entry.path().to_owned()).collect();
        paths.sort();
        paths.into_iter().map(|path| Engines::at(supervisor::Home::at(path))).collect()
    }

    fn at(home: supervisor::Home) -> Embedded {
        Embedded { home, program: ENGINE.into(), patience: LIMIT, is_launched: true }
    }

    /// What all of them run.
    fn list(&self) -> Vec<Process> {
        let sessions = self.all().into_iter().filter_map(|engine| engine.connect().unwrap());
        sessions.flat_map(|mut session| session.list().unwrap()).collect()
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        // Whatever state a failed test leaves, nothing of it may go on.
        for engine in self.all() {
            if let Ok(Some(mut lease)) = engine.lease() {
                let _ = lease.kill();
            }
        }
    }
}

impl Scene {
    /// On PM2.
    pub fn new() -> Scene {
        Scene::on("pm2")
    }

    /// On the PM2 of this package of the tests.
    pub fn on(package: &'static str) -> Scene {
        Scene::with(Some(Pm2::of_package(package)), None)
    }

    /// On the embedded engine.
    pub fn embedded() -> Scene {
        let (guard, above) = files::directory();
        Scene::with(None, Some(Engines { above, _guard: guard }))
    }

    fn with(pm2: Option<Pm2>, embedded: Option<Engines>) -> Scene {
        let (guard, root) = files::directory();
        let services = repository().join("tests/it/operations/services");
        files::copy(&services, root.as_std_path());
        Scene { pm2: Its(pm2), embedded: Its(embedded), root, events: Vec::new(), _guard: guard }
    }

    pub fn is_on_pm2(&self) -> bool {
        self.pm2.0.is_some()
    }

    /// Where the engine of the scene keeps its files.
    pub fn home(&self) -> PathBuf {
        match &self.pm2.0 {
            Some(pm2) => pm2.home().to_path_buf(),
            None => self.embedded.above.clone().into(),
        }
    }

    /// The directory in which a target's runs keep what they remember.
    pub fn own(&self, target: &Target) -> PathBuf {
        match &self.pm2.0 {
            Some(pm2) => pm2.home().join("promethean"),
            None => self.engine(target).home().to_path_buf(),
        }
    }

    /// Tells a command which engine it talks to.
    pub fn engage<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        match &self.pm2.0 {
            Some(pm2) => pm2.engage(command).env("PROMETHEAN_ENGINE", "pm2"),
            None => command
                .env("PROMETHEAN_HOME", &self.embedded.above)
                .env("PROMETHEAN_PM2", "/nowhere")
                .env("PROMETHEAN_ENGINE", "embedded"),
        }
    }

    /// The engine that runs a target.
    pub fn engine(&self, target: &Target) -> Box<dyn Engine> {
        self.engine_of(target.owner(), LIMIT)
    }

    /// The engine of an ecosystem, where a run waits so long for another one.
    pub fn engine_of(&self, owner: &Owner, patience: Duration) -> Box<dyn Engine> {
        if self.is_on_pm2() {
            return Box::new(pm2::Pm2 { patience, ..self.operator() });
        }
        let home = supervisor::Home::below(&self.embedded.above, owner);
        Box::new(Embedded { patience, ..Engines::at(home) })
    }

    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The whole of an ecosystem, with its root in the directory of the scene.
    pub fn target(&self, ecosystem: &Ecosystem) -> Target {
        self.target_of(ecosystem, &[])
    }

    /// Units of an ecosystem.
    pub fn target_of(&self, ecosystem: &Ecosystem, units: &[&str]) -> Target {
        let units = units.iter().map(|unit| (*unit).to_owned()).collect();
        let root = Some(self.root.clone());
        Target::new(ecosystem, &Options { root, units, ..Options::default() }).unwrap()
    }

    pub fn operator(&self) -> pm2::Pm2 {
        pm2::Pm2 {
            installation: Installation::find(Some(&self.pm2.program()), &[]).unwrap(),
            home: pm2::Home::at(self.pm2.home().to_path_buf()),
            patience: LIMIT,
        }
    }

    pub fn up(&mut self, target: &Target) -> Result<Plan, OperationError> {
        self.events.clear();
        operations::up(&*self.engine(target), target, &mut |event| self.events.push(event))
    }

    pub fn apply(&mut self, target: &Target) -> Result<Plan, OperationError> {
        self.events.clear();
        operations::apply(&*self.engine(target), target, &mut |event| self.events.push(event))
    }

    pub fn reload(&mut self, target: &Target) -> Result<Plan, OperationError> {
        operations::reload(&*self.engine(target), target, &mut |_| {})
    }

    pub fn restart(&mut self, target: &Target) -> Result<Plan, OperationError> {
        operations::restart(&*self.engine(target), target, &mut |_| {})
    }

    pub fn down(&mut self, target: &Target) -> Down {
        operations::down(&*self.engine(target), target, false, &mut |_| {}).unwrap()
    }

    /// Stops what others need.
    pub fn down_by_force(&mut self, target: &Target) -> Down {
        operations::down(&*self.engine(target), target, true, &mut |_| {}).unwrap()
    }

    /// As [`Scene::down`]; what it tells is kept.
    pub fn down_told(&mut self, target: &Target) -> Down {
        self.events.clear();
        let engine = self.engine(target);
        operations::down(&*engine, target, false, &mut |event| self.events.push(event)).unwrap()
    }

    pub fn plan(&self, target: &Target) -> Plan {
        operations::plan(&*self.engine(target), target).unwrap()
    }

    pub fn status(&self, target: &Target) -> Status {
        operations::status(&*self.engine(target), target).unwrap()
    }

    /// What was told of the last operation.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// When what happened, in the order in which it did.
    pub fn stamps(&self) -> Vec<(String, u128)> {
        let text = fs::read_to_string(self.root.join("stamps")).unwrap_or_default();
        let stamp = |line: &str| {
            let (what, when) = line.rsplit_once(' ')?;
            Some((what.to_owned(), when.parse().ok()?))
        };
        let mut stamps: Vec<(String, u128)> = text.lines().filter_map(stamp).collect();
        stamps.sort_by_key(|(_, when)| *when);
        stamps
    }

    /// The position of the first time that something happened.
    pub fn position(&self, what: &str) -> usize {
        let stamps = self.stamps();
        let position = stamps.iter().position(|(happened, _)| happened == what);
        position.unwrap_or_else(|| panic!("{what} is not among {stamps:?}"))
    }

    /// What the engine that runs a target lists of an app's only process.
    pub fn listed(&self, target: &Target, app: &str) -> Process {
        let mut session = self.engine(target).connect().unwrap().expect("the engine runs");
        let mut list = session.list().unwrap().into_iter();
        list.find(|process| process.name == app).unwrap_or_else(|| panic!("{app} is not listed"))
    }

    /// What is in the log files of an app of a target.
    pub fn log(&self, target: &Target, app: &str, stream: Stream) -> String {
        let app = target.system().app(app).unwrap();
        let files = self.engine(target).logs(&[app]).into_iter();
        let of_stream = files.filter(|file| file.stream == stream);
        of_stream.map(|file| fs::read_to_string(file.path).unwrap_or_default()).collect()
    }

    /// What the engine's daemon has written down.
    pub fn daemon_log(&self) -> String {
        let logs = match &self.pm2.0 {
            Some(pm2) => vec![pm2.home().join("pm2.log")],
            None => self.embedded.all().iter().map(|engine| engine.home.log()).collect(),
        };
        logs.into_iter().map(|log| fs::read_to_string(log).unwrap_or_default()).collect()
    }

    /// The engine's processes by name: pid, restarts, status.
    pub fn processes(&self) -> BTreeMap<String, Vec<(u64, u64, String)>> {
        let mut processes: BTreeMap<String, Vec<(u64, u64, String)>> = BTreeMap::new();
        if !self.is_on_pm2() {
            for Process { name, pid, restarts, phase, .. } in self.embedded.list() {
                let process = (pid.into(), restarts, phase.word().to_owned());
                processes.entry(name).or_default().push(process);
            }
            return processes;
        }
        for app in self.pm2.apps() {
            let env = &app["pm2_env"];
            let process = (
                app["pid"].as_u64().unwrap_or_default(),
                env["restart_time"].as_u64().unwrap_or_default(),
                env["status"].as_str().unwrap_or_default().to_owned(),
            );
            processes.entry(app["name"].as_str().unwrap().to_owned()).or_default().push(process);
        }
        processes
    }

    /// The pid of the only process of an app.
    pub fn pid(&self, name: &str) -> u64 {
        let processes = self.processes();
        match processes.get(name).map(Vec::as_slice) {
            Some([(pid, ..)]) => *pid,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// The kinds of the steps of a plan, by app.
    pub fn kinds(plan: &Plan) -> BTreeMap<&str, &'static str> {
        plan.steps.iter().map(|step| (step.app.as_str(), step.action.kind())).collect()
    }

    /// The process of the engine's daemon; of several, of one.
    pub fn daemon(&self) -> Option<u32> {
        let pid = match &self.pm2.0 {
            Some(pm2) => {
                fs::read_to_string(pm2.home().join("pm2.pid")).ok()?.trim().parse().ok()?
            }
            None => self.embedded.all().iter().find_map(|engine| part(engine, "__engine"))?,
        };
        lives(pid.into()).then_some(pid)
    }

    /// Kills the engine's daemon as a machine out of memory does.
    pub fn kill_daemon(&self) {
        kill(&self.daemon().expect("it runs").to_string());
    }

    /// Kills the daemon and whoever watches over it, so that what it runs is left.
    pub fn kill_daemon_and_guard(&self) {
        let guards = self.embedded.0.iter().flat_map(Engines::all);
        let guards = guards.filter_map(|engine| part(&engine, "__guard"));
        kill_at_once(guards.chain(self.daemon()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name).into()
    }

    /// Asserts that a secret is in no command line, and in no file of the engine or the services but those with
    /// one of these names.
    pub fn assert_nowhere(&self, secret: &str, but_in: &[&str]) {
        let folders = [self.home(), self.root.clone().into()];
        for file in folders.iter().flat_map(|folder| files::below(folder)) {
            let is_meant = but_in.iter().any(|name| file.ends_with(name));
            let text = fs::read(&file).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            assert!(is_meant || !text.contains(secret), "{}: {text}", file.display());
        }
        let listed = Command::new("ps").args(["-eo", "args"]).output().unwrap();
        let lines = String::from_utf8_lossy(&listed.stdout);
        assert!(lines.contains(&std::env::args().next().unwrap()), "{lines}");
        assert!(!lines.contains(secret), "{lines}");
    }
}

/// The process that plays a part for an embedded engine.
fn part(engine: &Embedded, part: &str) -> Option<u32> {
    let mut processes = fs::read_dir("/proc").unwrap().flatten();
    processes.find_map(|entry| {
        let line = fs::read_to_string(entry.path().join("cmdline")).ok()?;
        let mut words = line.split('\0').skip(1);
        let is_it = words.next() == Some(part) && words.next() == Some(engine.home.path().as_str());
        entry.file_name().to_str()?.parse().ok().filter(|_| is_it)
    })
}

/// The error of PM2 that an operation failed with.
pub fn pm2_error(error: &OperationError) -> Option<&Pm2Error> {
    match error {
        OperationError::Engine(error) => error.cause(),
        _ => None,
    }
}

/// `kill -9`
pub fn kill(pid: &str) {
    signal("-9", pid);
}

/// As [`kill`], of processes each of which does something when another one has ended: none has the time for it.
pub fn kill_at_once(pids: impl IntoIterator<Item = u32>) {
    let pids: Vec<String> = pids.into_iter().map(|pid| pid.to_string()).collect();
    for name in ["-STOP", "-KILL"] {
        assert!(Command::new("kill").arg(name).args(&pids).status().unwrap().success());
    }
}

/// `kill`, with the name of a signal such as `-STOP`.
pub fn signal(name: &str, pid: &str) {
    assert!(Command::new("kill").args([name, pid]).status().unwrap().success());
}

/// Whether a process is alive, and no zombie.
pub fn lives(pid: u64) -> bool {
    let state = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8_lossy(&state.stdout);
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}
