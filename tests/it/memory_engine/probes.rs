//! Many probes at the same time.

use std::fs;

use camino::Utf8Path;
use promethean::declaration::Declaration;
use promethean::operations::{self, Target};
use promethean::{Ecosystem, Options};
use promethean_test_support::files;
use serde_json::{Value, json};

use super::engine::InMemory;
use super::world::Restart;

const APPS: usize = 400;

/// So many apps with a probe.
fn target(root: &Utf8Path, apps: usize, ready: &Value) -> Target {
    let unit = |number: usize| {
        json!({"service": {"kind": "script", "name": format!("app-{number}"), "block": {
            "settings": {"run": ["sh", "app"]},
            "ready": ready,
        }}})
    };
    let units: Vec<Value> = (0..apps).map(unit).collect();
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
    // They are all ready a moment after they were started.
    let ready = json!({"kind": "exec", "values": ["sleep", "0.1"]});
    let (target, engine) = (target(&root, APPS, &ready), InMemory::new());
    let (mut most, mut ready) = (0, 0);
    operations::up(&engine, &target, &mut |event| match event {
        operations::Event::Probing { .. } => most = most.max(probing()),
        operations::Event::Ready { .. } => ready += 1,
        _ => {}
    })
    .unwrap();
    assert_eq!(ready, APPS);
    // Other tests of this process have some, too; on a busy machine only some are seen at the same time.
    assert!((2..APPS / 2).contains(&most), "{most}");
}

/// The engine is slow to answer, or this process is: when it looks, the next process has said it already.
#[test]
fn what_is_said_between_two_looks_is_of_the_process_that_says_it() {
    for looks in 1..=5 {
        let (_guard, root) = files::directory();
        let log = root.join("out.log");
        fs::write(&log, "").unwrap();
        let ready = json!({"kind": "log", "values": ["^at work$"], "timeout": {"duration": "1m"}});
        let (target, engine) = (target(&root, 1, &ready), InMemory::new());
        let (app, log, line) = ("app-0".to_owned(), log.into(), "at work\n");
        engine.world().restart = Some(Restart { app, log, line, looks });
        operations::up(&engine, &target, &mut |_| {}).unwrap();
        assert_eq!(engine.world().restart, None, "it was restarted");
    }
}
