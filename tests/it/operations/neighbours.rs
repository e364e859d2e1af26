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

#[test]
fn of_a_name_that_others_use_too_only_what_is_ones_own_ends() {
    let mut scene = Scene::new();
    scene.apply(&scene.target(&OWN)).unwrap();
    let own = scene.pid("mine");
    fs::write(scene.path("foreign.js"), "setInterval(() => {}, 1000);").unwrap();
    let foreign = scene.path("foreign.js");
    // With `-f` PM2 takes a name a second time.
    let by_hand = |scene: &Scene| {
        scene.pm2.run(&["start", foreign.to_str().unwrap(), "--name", "mine", "-f"]);
        let others = scene.pm2.apps().into_iter().filter(|app| app["name"] == "mine");
        let ids = others.map(|app| (app["pm_id"].as_u64().unwrap(), app["pid"].as_u64().unwrap()));
        ids.max().unwrap()
    };
    let (id, pid) = by_hand(&scene);
    assert_ne!(pid, own);
    // Where it is defined, it is refused, and the help ends what is not one's own.
    let refused = scene.up(&scene.target(&OWN)).unwrap_err().to_string();
    assert!(refused.contains(&format!("`pm2 delete {id}`")), "{refused}");
    // Where it is defined no more, it is removed alone.
    scene.apply(&scene.target(&LESS)).unwrap();
    assert_eq!(scene.pid("mine"), pid);
    scene.pm2.run(&["delete", "mine"]);
    // The same of what goes down.
    scene.apply(&scene.target(&OWN)).unwrap();
    let (id, pid) = by_hand(&scene);
    let down = scene.down_told(&scene.target(&OWN));
    assert_eq!(down.stopped, ["mine", "shared"]);
    assert_eq!(scene.pid("mine"), pid);
    let told = format!("{:?}", scene.events());
    assert!(told.contains(&format!("`pm2 delete {id}` removes it")), "{told}");
}
