//! What tells the processes of an app from each other: their numbers, and what counts up, also after a change.

use std::collections::BTreeSet;
use std::fs;

use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::eventually;

use super::conventions;
use super::scene::{Scene, on_both_engines};

on_both_engines! {
    [ahead: a_cluster_keeps_its_numbers_whatever_changes]
    several_processes_keep_their_numbers_whatever_changes,
}

macro_rules! numbered {
    ($name:ident $mode:ident $instances:literal $generation:literal { $($rest:tt)* }) => {
        static $name: Ecosystem = ecosystem! {
            name numbered;
            root "it/operations/services";
            use conventions::CONVENTIONS;
            defaults { env { DIRECTORY = "{root}/numbers"; GENERATION = $generation; } }
            node web {
                entry "numbers.js";
                exec_mode $mode;
                instances $instances;
                listen_timeout 400ms;
                $($rest)*
            }
        };
    };
}

/// Brings each definition up after the one before it. What its processes see is always what they would see if
/// nothing had run, and nothing is left to do.
fn each_as_if_new(mut scene: Scene, steps: &[(&Ecosystem, &str, &[&str])]) {
    fs::create_dir(scene.path("numbers")).unwrap();
    for (ecosystem, kind, expected) in steps {
        let target = scene.target(ecosystem);
        let plan = scene.plan(&target);
        assert_eq!(Scene::kinds(&plan)["web"], *kind, "{plan:?}");
        scene.up(&target).unwrap();
        let expected: BTreeSet<String> = expected.iter().map(|&seen| seen.to_owned()).collect();
        let mut seen = BTreeSet::new();
        eventually("each has written what it sees", || {
            let processes = scene.processes().remove("web").unwrap_or_default();
            let read = |pid: &u64| fs::read_to_string(scene.path("numbers").join(pid.to_string()));
            let all: Result<Vec<String>, _> = processes.iter().map(|(pid, ..)| read(pid)).collect();
            seen = all.unwrap_or_default().into_iter().collect();
            !seen.is_empty()
        });
        assert_eq!(seen, expected, "{plan:?}");
        let left = scene.plan(&target);
        assert!(left.is_empty(), "{left:?}");
    }
}

numbered!(TWO cluster 2 "one" {});
numbered!(LATER cluster 2 "two" {});
numbered!(MORE cluster 3 "three" {});
numbered!(WRITTEN cluster 2 "three" { env { NODE_APP_INSTANCE = 7; } });
numbered!(WORKERS cluster 2 "three" { instance_var WORKER; });
numbered!(COUNTED cluster 2 "three" { increment_var COUNTED; env { COUNTED = 3000; } });
numbered!(COUNTED_LATER cluster 2 "four" { increment_var COUNTED; env { COUNTED = 3000; } });
numbered!(COUNTED_ON cluster 2 "four" { increment_var COUNTED; env { COUNTED = 5000; } });

fn a_cluster_keeps_its_numbers_whatever_changes(scene: Scene) {
    each_as_if_new(
        scene,
        &[
            (&TWO, "create", &["one 0 - -", "one 1 - -"]),
            (&LATER, "change", &["two 0 - -", "two 1 - -"]),
            // Another number of processes, and another definition at once.
            (&MORE, "change", &["three 0 - -", "three 1 - -", "three 2 - -"]),
            // What is written is not counted.
            (&WRITTEN, "change", &["three 7 - -"]),
            (&WORKERS, "change", &["three - 0 -", "three - 1 -"]),
            (&COUNTED, "change", &["three 0 - 3000", "three 1 - 3001"]),
            (&COUNTED_LATER, "change", &["four 0 - 3000", "four 1 - 3001"]),
            (&COUNTED_ON, "change", &["four 0 - 5000", "four 1 - 5001"]),
            (&TWO, "change", &["one 0 - -", "one 1 - -"]),
        ],
    );
}

numbered!(FORKS fork 2 "one" { increment_var COUNTED; env { COUNTED = 3000; } });
numbered!(FORKS_ON fork 2 "one" { increment_var COUNTED; env { COUNTED = 5000; } });
numbered!(FORKS_FROM_NOTHING fork 2 "one" { increment_var COUNTED; });
numbered!(MORE_FORKS fork 3 "one" { increment_var COUNTED; });
numbered!(OTHER_FORKS fork 2 "two" { instance_var WORKER; });

fn several_processes_keep_their_numbers_whatever_changes(scene: Scene) {
    each_as_if_new(
        scene,
        &[
            (&FORKS, "create", &["one 0 - 3000", "one 1 - 3001"]),
            (&FORKS_ON, "change", &["one 0 - 5000", "one 1 - 5001"]),
            (&FORKS_FROM_NOTHING, "change", &["one 0 - 0", "one 1 - 1"]),
            (&MORE_FORKS, "scale", &["one 0 - 0", "one 1 - 1", "one 2 - 2"]),
            (&OTHER_FORKS, "change", &["two - 0 -", "two - 1 -"]),
        ],
    );
}
