//! Whose a process is: apps whose names look alike to PM2, and processes that a killed daemon left.
//!
//! PM2's own are the processes: what the embedded engine starts is known by its descent, not by names of
//! files.

use std::collections::BTreeMap;
use std::fs;

use promethean::declaration::Declaration;
use promethean::logs::{self, Line, Logs, Note, Query, Sink};
use promethean::{Ecosystem, Options};
use promethean_test_support::dice::Dice;
use promethean_test_support::effort;
use promethean_test_support::pm2::eventually;
use serde_json::{Value, json};

use super::scene::{Scene, kill, lives, on_both_engines};

on_both_engines! {
    the_logs_of_an_app_are_its_own,
}

/// Names that differ by suffix, prefix and case, and that PM2 writes alike in the names of files.
const NAMES: [&str; 18] = [
    "web",
    "web-7",
    "web-9",
    "web-7-1",
    "Web",
    "we",
    "web-",
    "gpt",
    "gpt-3",
    "gpt-4",
    "a b",
    "a_b",
    "a-b",
    "a/b",
    "na--ve",
    "na😀ve",
    "naïve",
    "web-99999999999999999999",
];

/// An ecosystem of scripts: their names, and the directories they stand in.
fn ecosystem(name: &str, root: &str, apps: &[(&str, &str)]) -> Ecosystem {
    let unit = |(name, directory): &(&str, &str)| {
        let allow = json!([{"rule": "similar-names", "reason": "names that PM2 writes alike"}]);
        json!({"service": {"kind": "script", "name": name, "directory": directory, "block": {
            "settings": {"run": ["sleep", "100000"], "autorestart": [false]},
            "allow": allow,
        }}})
    };
    let units: Vec<Value> = apps.iter().map(unit).collect();
    let declaration = json!({"name": name, "units": units});
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    Ecosystem::from_declaration(declaration, root.to_owned(), &[])
}

/// Neighbours in one PM2, and what they have to do with each other.
struct Neighbours {
    scene: Scene,
    own: Vec<(&'static str, &'static str)>,
    before: BTreeMap<String, u64>,
}

impl Neighbours {
    /// Starts all.
    fn start(
        own: &[(&'static str, &'static str)],
        other: &[(&'static str, &'static str)],
        by_hand: &[&'static str],
    ) -> Neighbours {
        let mut scene = Scene::new();
        fs::create_dir_all(scene.path("below")).unwrap();
        let root = scene.root().to_string();
        scene.up(&scene.target(&ecosystem("own", &root, own))).unwrap();
        if !other.is_empty() {
            scene.up(&scene.target(&ecosystem("other", &root, other))).unwrap();
        }
        for name in by_hand {
            let start = ["start", "/bin/sleep", "--name", name, "--interpreter", "none"];
            let mut command = scene.pm2.command(&[&start[..], &["--", "100000"]].concat());
            assert!(command.current_dir(scene.root()).output().unwrap().status.success());
        }
        let mut neighbours = Neighbours { scene, own: own.to_vec(), before: BTreeMap::new() };
        neighbours.before = neighbours.pids();
        assert_eq!(neighbours.before.len(), own.len() + other.len() + by_hand.len());
        neighbours
    }

    fn pids(&self) -> BTreeMap<String, u64> {
        let processes = self.scene.processes().into_iter();
        processes.map(|(name, processes)| (name, processes[0].0)).collect()
    }

    /// Kills the daemon and brings some of the own apps up: their processes are ended, and no others.
    fn bring_up(&mut self, units: &[&str], told: &str) {
        self.scene.kill_daemon();
        let system = ecosystem("own", self.scene.root().as_str(), &self.own);
        let target = self.scene.target_of(&system, units);
        self.scene.up(&target).unwrap();
        let meant: Vec<&str> = match units {
            [] => self.own.iter().map(|(name, _)| *name).collect(),
            units => units.to_vec(),
        };
        for (name, pid) in &self.before {
            let is_meant = meant.contains(&name.as_str());
            let events = self.scene.events();
            assert_eq!(lives(*pid), !is_meant, "{told}: up of {meant:?}: {name} {events:?}");
        }
        let now: Vec<String> = self.pids().into_keys().collect();
        let mut meant: Vec<String> = meant.into_iter().map(str::to_owned).collect();
        meant.sort();
        assert_eq!(now, meant, "{told}");
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        for pid in self.before.values().filter(|pid| lives(**pid)) {
            kill(&pid.to_string());
        }
    }
}

#[test]
fn a_killed_daemon_leaves_the_processes_of_others_alone() {
    let (own, other) = ([("web", ".")], [("web-7", ".")]);
    Neighbours::start(&own, &other, &["web-9"]).bring_up(&[], "another ecosystem and by hand");
}

#[test]
fn one_unit_is_brought_up_beside_those_that_look_alike() {
    let own = [("gpt", "."), ("gpt-3", "."), ("gpt-4", ".")];
    Neighbours::start(&own, &[], &[]).bring_up(&["gpt-3"], "one of three");
}

/// Names are dealt to an ecosystem, to another one and to somebody who starts them by hand.
pub fn whoever_the_neighbours_are_only_what_is_meant_is_ended() {
    for seed in effort::some_of(&[0, 1, 2, 3]) {
        let mut dice = Dice::from_seed(seed);
        let (mut own, mut other, mut by_hand) = (vec![("web", ".")], Vec::new(), Vec::new());
        for name in NAMES.into_iter().filter(|name| *name != "web") {
            let directory = *dice.choose(&[".", "below"]);
            match dice.below(6) {
                0 | 1 => own.push((name, directory)),
                2 => other.push((name, directory)),
                3 => by_hand.push(name),
                _ => {}
            }
        }
        let mut units: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
        units.retain(|name| *name == "web" || dice.below(2) == 0);
        let told = format!("seed {seed}: {own:?} {other:?} {by_hand:?}");
        Neighbours::start(&own, &other, &by_hand).bring_up(&units, &told);
    }
}

/// A process that PM2 started again has another number than the one that was remembered.
#[test]
fn what_pm2_restarted_is_known_again() {
    let own = [("web", "."), ("web-7", ".")];
    let mut neighbours = Neighbours::start(&own, &[], &["web-9"]);
    let before = neighbours.before.clone();
    neighbours.scene.pm2.run(&["restart", "web", "web-7", "web-9"]);
    assert!(before.values().all(|pid| !lives(*pid)));
    neighbours.before = neighbours.pids();
    neighbours.bring_up(&["web"], "restarted");
}

#[derive(Default)]
struct Texts(Vec<String>);

impl Sink for Texts {
    fn line(&mut self, line: &Line) -> std::io::Result<()> {
        self.0.push(format!("{}: {}", line.app, line.text));
        Ok(())
    }

    fn note(&mut self, note: &Note) -> std::io::Result<()> {
        panic!("{note}")
    }
}

fn the_logs_of_an_app_are_its_own(mut scene: Scene) {
    let names = ["gpt", "gpt-3", "gpt-4"];
    let units = names.map(|name| {
        json!({"service": {"kind": "script", "name": name, "block": {"settings": {
            "run": ["sh", "-c", format!("echo {name} says it; exec sleep 100000")],
            "out_file": ["logs/{name}.log"]}}}})
    });
    let declaration = serde_json::from_value(json!({"name": "own", "units": units})).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, scene.root().to_string(), &[]);
    scene.up(&scene.target(&ecosystem)).unwrap();
    let system = ecosystem.resolve(&Options::default()).unwrap();
    let engine = scene.engine(&scene.target(&ecosystem));
    for app in &system.apps {
        let lines = || {
            let files = logs::files_among(&[app], &system.apps, |apps| engine.logs(apps));
            let mut texts = Texts::default();
            Logs::new(files, Query::default()).backlog(&mut texts).unwrap();
            texts.0
        };
        eventually("it says something", || !lines().is_empty());
        assert_eq!(lines(), [format!("{0}: {0} says it", app.name)]);
    }
}
