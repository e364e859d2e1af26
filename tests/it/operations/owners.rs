//! Ecosystems without a `name`: what tells one from another, and what happens where nothing does.
//!
//! PM2's own: on the embedded engine each ecosystem has an engine of its own.

use std::sync::OnceLock;

use promethean::declaration::Declaration;
use promethean::operations::{Event, OperationError};
use promethean::{Ecosystem, ecosystem};
use serde_json::json;

use super::scene::Scene;

static FIRST: Ecosystem = ecosystem! {
    root "it/operations/services";
    script one { run "sleep", "100000"; }
    script both { run "sleep", "100000"; }
};

static SECOND: Ecosystem = ecosystem! {
    root "it/operations/services";
    script two { run "sleep", "100000"; }
    script both { run "sleep", "100000"; }
};

fn names(scene: &Scene) -> Vec<String> {
    let processes = scene.processes();
    assert!(processes.values().all(|processes| processes.len() == 1), "{processes:?}");
    processes.into_keys().collect()
}

#[test]
fn two_in_one_file_leave_each_other_alone() {
    let mut scene = Scene::new();
    scene.apply(&scene.target(&FIRST)).unwrap();
    let (one, both) = (scene.pid("one"), scene.pid("both"));
    scene.apply(&scene.target(&SECOND)).unwrap();
    assert_eq!(names(&scene), ["both", "one", "two"]);
    scene.apply(&scene.target(&FIRST)).unwrap();
    assert_eq!(names(&scene), ["both", "one", "two"]);
    assert_eq!((scene.pid("one"), scene.pid("both")), (one, both));
    assert!(!told(&scene).contains("may belong to another"), "{}", told(&scene));
    scene.down(&scene.target(&SECOND));
    assert!(names(&scene).contains(&"one".to_owned()));
    assert_eq!(scene.pid("one"), one);
}

/// An ecosystem of one crate, in `src/main.rs`, as the macro makes it.
fn of_crate(directory: &'static str, item: &'static str, app: &str) -> &'static Ecosystem {
    let service = json!({"service": {"kind": "script", "name": app, "block": {"settings":
        {"run": ["sleep", "100000"]}}}});
    let json = json!({"units": [service]}).to_string();
    let decoded: &'static OnceLock<Declaration> = Box::leak(Box::default());
    Box::leak(Box::new(Ecosystem::from_literal(promethean::__private::Literal {
        json: Box::leak(json.into_boxed_str()),
        id: 0,
        signature: &[0; 4 * 17],
        decoded,
        directory,
        package: "app",
        place: promethean::__private::Location { file: "src/main.rs", line: 1, column: 1 },
        item,
        links: &[],
        expressions: &[],
    })))
}

#[test]
fn two_crates_of_one_name_leave_each_other_alone() {
    let mut scene = Scene::new();
    let here = of_crate("/srv/one/app", "SYSTEM", "here");
    let there = of_crate("/srv/two/app", "SYSTEM", "there");
    scene.apply(&scene.target(here)).unwrap();
    scene.apply(&scene.target(there)).unwrap();
    assert_eq!(names(&scene), ["here", "there"]);
    scene.down(&scene.target(there));
    assert_eq!(names(&scene), ["here"]);
    // The same one with another definition removes what it has no more.
    scene.apply(&scene.target(of_crate("/srv/one/app", "SYSTEM", "next"))).unwrap();
    assert_eq!(names(&scene), ["next"]);
}

#[test]
fn where_nothing_tells_two_apart_nothing_is_removed() {
    let mut scene = Scene::new();
    scene.apply(&scene.target(of_crate("/srv/app", "", "first"))).unwrap();
    scene.apply(&scene.target(of_crate("/srv/app", "", "second"))).unwrap();
    assert_eq!(names(&scene), ["first", "second"]);
    let told = told(&scene);
    assert!(
        told.contains("first is kept: it may belong to another ecosystem in src/main.rs"),
        "{told}"
    );
    scene.down(&scene.target(of_crate("/srv/app", "", "second")));
    assert_eq!(names(&scene), ["first"]);
}

/// Earlier versions remembered the file and the root of an ecosystem without a `name`.
#[test]
fn what_runs_with_an_older_record_goes_on() {
    let mut scene = Scene::new();
    let service = |name: &str| {
        json!({"service": {"kind": "script", "name": name, "block": {"settings":
            {"run": ["sleep", "100000"]}}}})
    };
    let units = ["one", "both", "gone"].map(service);
    let declaration = json!({"name": FIRST.place().file, "units": units});
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let before = Ecosystem::from_declaration(declaration, scene.root().to_string(), &[]);
    scene.apply(&scene.target(&before)).unwrap();
    let (one, gone) = (scene.pid("one"), scene.pid("gone"));
    scene.apply(&scene.target(&FIRST)).unwrap();
    assert_eq!(names(&scene), ["both", "gone", "one"]);
    assert_eq!((scene.pid("one"), scene.pid("gone")), (one, gone));
    assert!(told(&scene).contains("gone is kept"), "{}", told(&scene));
    scene.apply(&scene.target(&SECOND)).unwrap();
    assert_eq!(names(&scene), ["both", "gone", "one", "two"]);
}

#[test]
fn an_app_of_the_other_is_not_changed() {
    let mut scene = Scene::new();
    std::fs::create_dir_all(scene.path("below")).unwrap();
    scene.apply(&scene.target(of_crate("/srv/one/app", "SYSTEM", "same"))).unwrap();
    let pid = scene.pid("same");
    let root = Some(scene.root().join("below"));
    let options = promethean::Options { root, ..promethean::Options::default() };
    let other = of_crate("/srv/two/app", "SYSTEM", "same");
    let target = promethean::operations::Target::new(other, &options).unwrap();
    assert!(matches!(scene.apply(&target), Err(OperationError::Foreign(_))));
    assert_eq!(scene.pid("same"), pid);
}

fn told(scene: &Scene) -> String {
    let notes = scene.events().iter().filter_map(|event| match event {
        Event::Note(note) => Some(note.message.as_str()),
        _ => None,
    });
    notes.collect::<Vec<_>>().join("\n")
}
