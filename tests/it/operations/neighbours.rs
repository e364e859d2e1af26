//! Apps of others in the same PM2.
//!
//! PM2's own: nobody shares an embedded engine.

use std::fs;

use promethean::operations::OperationError;
use promethean::{Ecosystem, ecosystem};

use super::conventions;
use super::scene::Scene;

static OWN: Ecosystem = ecosystem! {
    name own;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script shared { run "./stamp.sh"; }
    script mine { run "./stamp.sh"; depends_on shared; }
};

static LESS: Ecosystem = ecosystem! {
    name own;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script shared { run "./stamp.sh"; }
};

static OTHER: Ecosystem = ecosystem! {
    name other;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    script shared { run "./stamp.sh"; }
    script theirs { run "./stamp.sh"; depends_on shared; }
};

#[test]
fn what_was_started_by_hand_or_elsewhere_is_never_touched() {
    let mut scene = Scene::new();
    fs::write(scene.path("foreign.js"), "setInterval(() => {}, 1000);").unwrap();
    scene.pm2.run(&["start", scene.path("foreign.js").to_str().unwrap(), "--name", "foreign"]);
    let foreign = scene.pid("foreign");
    scene.apply(&scene.target(&OTHER)).unwrap();
    let theirs = scene.pid("theirs");
    // What both have is one service.
    let shared = scene.pid("shared");
    scene.apply(&scene.target(&OWN)).unwrap();
    scene.apply(&scene.target(&LESS)).unwrap();
    assert!(!scene.processes().contains_key("mine"));
    let down = scene.down(&scene.target(&OWN));
    assert_eq!(down.needed["shared"], ["theirs"]);
    assert_eq!((scene.pid("foreign"), scene.pid("theirs")), (foreign, theirs));
    assert_eq!(scene.pid("shared"), shared);
    scene.down(&scene.target(&OTHER));
    assert_eq!(scene.processes().into_keys().collect::<Vec<_>>(), ["foreign"]);
    assert_eq!(scene.pid("foreign"), foreign);
}

#[test]
fn a_name_that_somebody_has_is_refused_before_anything_starts() {
    let mut scene = Scene::new();
    fs::write(scene.path("foreign.js"), "setInterval(() => {}, 1000);").unwrap();
    scene.pm2.run(&["start", scene.path("foreign.js").to_str().unwrap(), "--name", "mine"]);
    let refused = scene.up(&scene.target(&OWN)).unwrap_err();
    let OperationError::Foreign(foreign) = &refused else { panic!("{refused:?}") };
    assert_eq!((foreign[0].app.as_str(), &foreign[0].owner), ("mine", &None));
    assert!(refused.to_string().contains("`pm2 delete mine`"));
    assert_eq!(scene.processes().into_keys().collect::<Vec<_>>(), ["mine"]);
}
