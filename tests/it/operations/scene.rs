//! A system of small services, and a PM2 of its own to run it on.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use promethean::operations::{self, Down, Event, OperationError, Plan, Target};
use promethean::pm2::{self, Home, Installation, Pm2Error};
use promethean::{Ecosystem, Options};
use promethean_test_support::files::{self, repository};
use promethean_test_support::pm2::{LIMIT, Pm2};

/// A directory for services and a PM2 to run them on. All ends with it.
pub struct Scene {
    pub pm2: Pm2,
    root: Utf8PathBuf,
    events: Vec<Event>,
    _guard: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Scene {
        Scene::on("pm2")
    }

    /// On the PM2 of this package of the tests.
    pub fn on(package: &'static str) -> Scene {
        let (guard, root) = files::directory();
        let services = repository().join("tests/it/operations/services");
        files::copy(&services, root.as_std_path());
        Scene { pm2: Pm2::of_package(package), root, events: Vec::new(), _guard: guard }
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
            home: Home::at(self.pm2.home().to_path_buf()),
            patience: LIMIT,
        }
    }

    pub fn up(&mut self, target: &Target) -> Result<Plan, OperationError> {
        self.events.clear();
        operations::up(&self.operator(), target, &mut |event| self.events.push(event))
    }

    pub fn apply(&mut self, target: &Target) -> Result<Plan, OperationError> {
        self.events.clear();
        operations::apply(&self.operator(), target, &mut |event| self.events.push(event))
    }

    pub fn reload(&mut self, target: &Target) -> Result<Plan, OperationError> {
        operations::reload(&self.operator(), target, &mut |_| {})
    }

    pub fn restart(&mut self, target: &Target) -> Result<Plan, OperationError> {
        operations::restart(&self.operator(), target, &mut |_| {})
    }

    pub fn down(&mut self, target: &Target) -> Down {
        operations::down(&self.operator(), target, false, &mut |_| {}).unwrap()
    }

    /// As [`Scene::down`]; what it tells is kept.
    pub fn down_told(&mut self, target: &Target) -> Down {
        self.events.clear();
        let operator = self.operator();
        operations::down(&operator, target, false, &mut |event| self.events.push(event)).unwrap()
    }

    pub fn plan(&self, target: &Target) -> Plan {
        operations::plan(&self.operator(), target).unwrap()
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

    /// The processes of PM2 by name: pid, restarts, status.
    pub fn processes(&self) -> BTreeMap<String, Vec<(u64, u64, String)>> {
        let mut processes: BTreeMap<String, Vec<(u64, u64, String)>> = BTreeMap::new();
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

    /// Kills PM2's daemon as a machine out of memory does.
    pub fn kill_daemon(&self) {
        let pid = fs::read_to_string(self.pm2.home().join("pm2.pid")).unwrap();
        kill(pid.trim());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name).into()
    }
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
    assert!(std::process::Command::new("kill").args(["-9", pid]).status().unwrap().success());
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
