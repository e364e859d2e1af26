//! Many probes at the same time.

use std::fs;

use camino::Utf8Path;
use promethean::declaration::Declaration;
use promethean::operations::{self, Target};
use promethean::{Ecosystem, Options};
use promethean_test_support::files;
use serde_json::{Value, json};

use super::engine::InMemory;

const APPS: usize = 400;

/// Apps that are all ready a moment after they were started.
fn target(root: &Utf8Path) -> Target {
    let unit = |number: usize| {
        json!({"service": {"kind": "script", "name": format!("app-{number}"), "block": {
            "settings": {"run": ["sh", "app"]},
            "ready": {"kind": "exec", "values": ["sleep", "0.1"]},
        }}})
    };
    let units: Vec<Value> = (0..APPS).map(unit).collect();
    let declaration: Declaration =
        serde_json::from_value(json!({"name": "probed", "units": units})).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    Target::new(&ecosystem, &Options::default()).unwrap()
}

/// How many threads of this process try a probe.
fn probing() -> usize {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = threads.filter_map(|thread| fs::read_to_string(thread.path().join("comm")).ok());
    names.filter(|name| name.trim() == "probe").count()
}

#[test]
fn hundreds_of_probes_are_tried_on_few_threads() {
    let (_guard, root) = files::directory();
    let (target, engine) = (target(&root), InMemory::new());
    let (mut most, mut ready) = (0, 0);
    operations::up(&engine, &target, &mut |event| match event {
        operations::Event::Probing { .. } => most = most.max(probing()),
        operations::Event::Ready { .. } => ready += 1,
        _ => {}
    })
    .unwrap();
    assert_eq!(ready, APPS);
    // Other tests of this process have some, too.
    assert!((10..APPS / 2).contains(&most), "{most}");
}
