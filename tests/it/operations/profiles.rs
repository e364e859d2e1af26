//! What runs knows its profile, and nothing changes it without being asked.
//!
//! PM2's own is what its killed daemon leaves behind: the embedded engine leaves nothing.

use std::fs;
use std::process::{Command, Output};

use promethean::operations::{self, Event, OperationError, Profiles, Target, TargetError};
use promethean::{Ecosystem, Options, ecosystem};
use promethean_test_support::files::repository;
use promethean_test_support::pm2::{LIMIT, eventually};

use super::conventions;
use super::example::Example;
use super::scene::{self, Scene, on_both_engines};
use crate::program;

on_both_engines! {
    a_person_is_asked_before_the_profile_changes,
    the_command_line_takes_the_profile_that_runs,
    a_restart_keeps_the_profile_and_is_of_what_is_named,
    another_profile_is_shown_and_not_taken_without_a_yes,
    several_profiles_run_beside_each_other,
    what_a_restart_depends_on_is_started_where_it_does_not_run_and_else_left_alone,
    what_only_the_old_profile_has_is_named_and_the_next_apply_removes_it,
}

static SYSTEM: Ecosystem = ecosystem! {
    name profiled;
    root "it/operations/services";
    use conventions::CONVENTIONS;

    script database {
        run "./stamp.sh";
        env { MODE = "plain"; }
        profile dev { env { MODE = "dev"; } }
        profile production { env { MODE = "production"; } }
    }
    script migration { run "./stamp.sh", "true"; autorestart false; depends_on database; }
    script api {
        run "./stamp.sh", "sh", "-c", "env > api.env; exec sleep 1000";
        depends_on database, migration (completed);
        env { MODE = "plain"; }
        profile dev { env { MODE = "dev"; } }
        profile production { env { MODE = "production"; } }
    }
    script same { run "./stamp.sh"; }
    script debugger { run "./stamp.sh"; only_profile dev; }
};

fn options(scene: &Scene, units: &[&str]) -> Options {
    let units = units.iter().map(|unit| (*unit).to_owned()).collect();
    Options { root: Some(scene.root().to_owned()), units, ..Options::default() }
}

/// With a profile that is named, or with none.
fn with(scene: &Scene, profile: Option<&str>, units: &[&str]) -> Target {
    let profile = profile.map(str::to_owned);
    Target::new(&SYSTEM, &Options { profile, ..options(scene, units) }).unwrap()
}

fn running(scene: &Scene) -> Profiles {
    let owner = Target::owner_of(&SYSTEM, &options(scene, &[]));
    operations::profiles(&*scene.engine_of(&owner, LIMIT), &owner).unwrap()
}

/// Without a word on the profile.
fn as_it_runs(scene: &Scene, units: &[&str]) -> Result<Target, TargetError> {
    Target::of_running(&SYSTEM, &options(scene, units), &running(scene))
}

fn times(scene: &Scene, what: &str) -> usize {
    scene.stamps().iter().filter(|(happened, _)| happened == what).count()
}

fn a_restart_keeps_the_profile_and_is_of_what_is_named(mut scene: Scene) {
    assert_eq!(as_it_runs(&scene, &[]).unwrap().profile(), None);
    scene.up(&with(&scene, Some("dev"), &[])).unwrap();
    let before = ["database", "api", "same", "debugger"].map(|app| scene.pid(app));
    let api = as_it_runs(&scene, &["api"]).unwrap();
    assert_eq!(api.profile(), Some("dev"));
    scene.restart(&api).unwrap();
    let after = ["database", "api", "same", "debugger"].map(|app| scene.pid(app));
    assert_eq!([before[0], before[2], before[3]], [after[0], after[2], after[3]]);
    assert_ne!(before[1], after[1]);
    assert_eq!((times(&scene, "migration"), times(&scene, "api")), (1, 2));
    let whole = as_it_runs(&scene, &[]).unwrap();
    assert!(scene.plan(&whole).is_empty(), "{:?}", scene.plan(&whole));
    assert!(scene.up(&whole).unwrap().is_empty());
    scene.down(&whole);
    assert_eq!(as_it_runs(&scene, &[]).unwrap().profile(), None);
}

fn another_profile_is_shown_and_not_taken_without_a_yes(mut scene: Scene) {
    scene.up(&with(&scene, Some("dev"), &[])).unwrap();
    let before = scene.processes();
    let production = with(&scene, Some("production"), &["api", "same"]);
    let plan = scene.plan(&production);
    let changes = plan.profiles.iter().map(|change| {
        assert_eq!(
            (change.old.as_deref(), change.new.as_deref()),
            (Some("dev"), Some("production"))
        );
        change.app.as_str()
    });
    let mut changes: Vec<&str> = changes.collect();
    changes.sort_unstable();
    assert_eq!(changes, ["api", "database", "migration", "same"]);

    for refused in [
        scene.up(&production),
        scene.apply(&production),
        scene.restart(&with(&scene, Some("production"), &["api"])),
        scene.reload(&with(&scene, None, &["same"])),
    ] {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, OperationError::Profile(_)), "{refused:?}");
        let text = refused.to_string();
        assert!(
            text.contains("with the profile `dev`; nothing was changed\n  help: `--yes` "),
            "{text}"
        );
        assert!(text.ends_with("`--profile dev` keeps it"), "{text}");
    }
    assert_eq!(scene.processes(), before);

    let agreed = production.clone().changing_profile();
    scene.up(&agreed).unwrap();
    assert_eq!(scene.processes()["same"], before["same"]);
    assert_ne!(scene.pid("database"), before["database"][0].0);
    // What the change left as it was runs with the new profile, too.
    assert!(scene.plan(&production).is_empty(), "{:?}", scene.plan(&production));
    let same = as_it_runs(&scene, &["same"]).unwrap();
    assert_eq!(same.profile(), Some("production"));
    // And what was not meant has kept its own.
    assert_eq!(as_it_runs(&scene, &["debugger"]).unwrap().profile(), Some("dev"));
}

fn several_profiles_run_beside_each_other(mut scene: Scene) {
    scene.up(&with(&scene, Some("dev"), &["database"])).unwrap();
    scene.up(&with(&scene, Some("production"), &["same"])).unwrap();
    let several = as_it_runs(&scene, &[]).unwrap_err();
    assert_eq!(
        several.to_string(),
        "several profiles run: database runs with the profile `dev`; same runs with the profile \
         `production`\n  help: choose one: `--profile dev` or `--profile production`; \
         or name units that share a profile; `apply --profile dev` or \
         `apply --profile production` gives all units the same profile"
    );
    // A new unit takes the profile of what it depends on.
    let api = as_it_runs(&scene, &["api"]).unwrap();
    assert_eq!(api.profile(), Some("dev"));
    let database = scene.pid("database");
    scene.up(&api).unwrap();
    assert_eq!(scene.pid("database"), database);
    assert_eq!(as_it_runs(&scene, &["same"]).unwrap().profile(), Some("production"));

    let targets =
        Target::of_each_running(&SYSTEM, &options(&scene, &[]), &running(&scene)).unwrap();
    let status =
        targets.iter().map(|target| scene.status(target)).reduce(operations::Status::and).unwrap();
    let mut told: Vec<(&str, Option<&str>, bool)> = status
        .apps
        .iter()
        .map(|app| (app.app.as_str(), app.profile.as_deref(), app.drift.is_empty()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            ("api", Some("dev"), true),
            ("database", Some("dev"), true),
            ("debugger", None, true),
            ("migration", Some("dev"), true),
            ("same", Some("production"), true),
        ]
    );
    for target in &targets {
        scene.down(target);
    }
    assert!(scene.processes().is_empty());
}

fn what_a_restart_depends_on_is_started_where_it_does_not_run_and_else_left_alone(
    mut scene: Scene,
) {
    let plain = with(&scene, None, &["api"]);
    scene.up(&plain).unwrap();
    let database = scene.pid("database");
    // Its definition differs in this profile.
    let api = with(&scene, Some("dev"), &["api"]).changing_profile();
    let mut notes = Vec::new();
    let engine = scene.engine(&api);
    operations::restart(&*engine, &api, &mut |event| {
        if let Event::Note(note) = event {
            notes.push(note.message);
        }
    })
    .unwrap();
    assert_eq!(
        notes,
        ["database: not changed, although it runs without a profile: `up database` changes it"]
    );
    assert_eq!(scene.pid("database"), database);
    assert_eq!(times(&scene, "migration"), 1);
    eventually("its own definition is the new one", || {
        let env = fs::read_to_string(scene.path("api.env")).unwrap_or_default();
        env.contains("MODE=dev\n")
    });
    // Each has its own.
    assert_eq!(as_it_runs(&scene, &["database"]).unwrap().profile(), None);

    scene.down_by_force(&with(&scene, None, &["database"]));
    scene.restart(&api).unwrap();
    assert_ne!(scene.pid("database"), database);
    assert_ne!(scene.pid("database"), 0);
    assert_eq!(as_it_runs(&scene, &[]).unwrap_err().to_string().lines().count(), 2);
    assert_eq!(as_it_runs(&scene, &["database"]).unwrap().profile(), Some("dev"));
}

/// The notes of an operation.
fn notes(scene: &Scene) -> Vec<&str> {
    fn note(event: &Event) -> Option<&str> {
        match event {
            Event::Note(note) => Some(note.message.as_str()),
            _ => None,
        }
    }
    scene.events().iter().filter_map(note).collect()
}

fn what_only_the_old_profile_has_is_named_and_the_next_apply_removes_it(mut scene: Scene) {
    scene.up(&with(&scene, Some("dev"), &["same", "debugger"])).unwrap();
    scene.up(&with(&scene, None, &["same"]).changing_profile()).unwrap();
    assert!(notes(&scene).is_empty(), "the debugger was not asked about: {:?}", notes(&scene));
    scene.up(&with(&scene, None, &[])).unwrap();
    assert_eq!(
        notes(&scene),
        ["debugger: still running, but not defined without a profile: `apply --no-profile` \
          removes it"]
    );
    // What it says works, and the plain command means the same.
    let plain = as_it_runs(&scene, &[]).unwrap();
    assert_eq!(plain.profile(), None);
    assert_eq!(Scene::kinds(&scene.plan(&plain))["debugger"], "remove");
    assert_eq!(as_it_runs(&scene, &["debugger"]).unwrap().profile(), Some("dev"));
    scene.apply(&plain).unwrap();
    assert!(!scene.processes().contains_key("debugger"));
    assert!(scene.plan(&as_it_runs(&scene, &[]).unwrap()).is_empty());

    // What every profile has is of several: nobody can tell which is meant, and the way out is said.
    scene.restart(&with(&scene, Some("production"), &["same"]).changing_profile()).unwrap();
    let several = as_it_runs(&scene, &[]).unwrap_err().to_string();
    let help = "; `apply --no-profile` or `apply --profile production` gives all units";
    assert!(several.contains(help), "{several}");
    scene.apply(&with(&scene, Some("production"), &[]).changing_profile()).unwrap();
    assert_eq!(as_it_runs(&scene, &[]).unwrap().profile(), Some("production"));
}

#[test]
fn what_a_killed_daemon_left_behind_has_its_profile() {
    let mut scene = Scene::new();
    scene.up(&with(&scene, Some("dev"), &["database"])).unwrap();
    scene.kill_daemon();
    let database = as_it_runs(&scene, &["database"]).unwrap();
    assert_eq!(database.profile(), Some("dev"));
    let refused = scene.up(&with(&scene, None, &["database"])).unwrap_err();
    assert!(matches!(refused, OperationError::Profile(_)), "{refused:?}");
    scene.up(&database).unwrap();
    assert!(scene.plan(&database).is_empty());
    scene.kill_daemon();
    let down = scene.down(&database);
    assert_eq!((down.stopped.len(), down.orphans.len()), (0, 1), "{down:?}");
}

#[test]
fn what_has_ended_with_its_daemon_comes_back_with_its_profile() {
    let example = Example::on(Scene::new());
    let up = example.run(&["--profile", "system", "up", "tts"]);
    assert!(up.status.success(), "{}", said(&up));
    // As after a crash of the machine: the daemon could write nothing any more.
    let pid = example.pid("tts");
    example.kill_daemon();
    scene::kill(&pid.to_string());
    eventually("the process ends", || !scene::lives(pid));
    let up = example.run(&["up", "tts"]);
    assert!(said(&up).starts_with("profile: system (last used)\n"), "{}", said(&up));
    let status = example.succeed(&["status", "tts"]);
    assert!(status.contains("\nprofile: system\n"), "{status}");
    // What was taken down leaves none.
    example.succeed(&["down"]);
    let plan = example.succeed(&["plan", "tts"]);
    assert_eq!(plan, example.succeed(&["--no-profile", "plan", "tts"]));
}

/// With `PROMETHEAN_PROFILE`.
fn in_environment(example: &Example, profile: &str, arguments: &[&str]) -> Output {
    example.command(arguments).env("PROMETHEAN_PROFILE", profile).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn the_command_line_takes_the_profile_that_runs(scene: Scene) {
    let example = Example::on(scene);
    let up = in_environment(&example, "system", &["up", "tts"]);
    assert!(up.status.success(), "{}", said(&up));
    let pid = || example.pid("tts");
    let first = pid();
    // Without a profile it would run under pipenv.
    let plan = example.run(&["plan", "--detailed-exitcode", "tts"]);
    assert_eq!(plan.status.code(), Some(0), "{}", said(&plan));
    let status = example.succeed(&["status", "tts"]);
    assert!(status.contains("\nprofile: system\n"), "{status}");
    assert!(!status.contains("drift"), "{status}");
    let up = example.run(&["up", "tts"]);
    assert!(said(&up).starts_with("profile: system (running)\n"), "{}", said(&up));
    assert_eq!(pid(), first);
    example.succeed(&["restart", "tts"]);
    assert_ne!(pid(), first);
    assert!(example.run(&["check", "tts"]).status.success());
    let other = example.run(&["--no-profile", "check", "tts"]);
    let other = String::from_utf8(other.stdout).unwrap();
    let warning = "warning: tts: runs with the profile `system`: `up` asks before it changes it";
    assert!(other.contains(warning), "{other}");
    assert!(example.succeed(&["logs", "tts"]).is_ascii());

    // An empty variable says nothing, and `--no-profile` is stronger than any.
    let plan = in_environment(&example, "", &["plan", "--detailed-exitcode", "tts"]);
    assert_eq!(plan.status.code(), Some(0), "{}", said(&plan));
    let plan = in_environment(&example, "system", &["--no-profile", "plan", "tts"]);
    let shown = String::from_utf8(plan.stdout).unwrap();
    assert!(shown.starts_with("profile: system → none (tts)\n~ tts: change\n"), "{shown}");
    let second = pid();
    let refused = example.run(&["--no-profile", "restart", "tts"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        said(&refused),
        "error: tts runs with the profile `system`; nothing was changed\n  \
         help: `--yes` changes the profile to none; `--profile system` keeps it\n"
    );
    assert_eq!(pid(), second);
    let unknown = in_environment(&example, "sytem", &["plan", "tts"]);
    assert!(said(&unknown).contains("did you mean `system`?"), "{}", said(&unknown));
    example.succeed(&["down"]);
}

fn a_person_is_asked_before_the_profile_changes(scene: Scene) {
    let example = Example::on(scene);
    example.succeed(&["--profile", "system", "up", "heartbeat"]);
    let answered = |answer: &str| {
        let mut command = Command::new("python3");
        command
            .arg(repository().join("tests/it/operations/answering.py"))
            .arg(answer)
            .arg(program::example())
            .args(["--root", example.root.as_str(), "--no-profile", "restart", "heartbeat"])
            .env("TERM", "xterm");
        let output = example.engage(&mut command).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let pid = || example.pid("heartbeat");
    let first = pid();
    let said = answered("yep");
    assert!(said.contains("profile: system → none (heartbeat)"), "{said}");
    assert!(said.ends_with("exit code 1") && said.contains("nothing was changed"), "{said}");
    assert_eq!(pid(), first);
    let said = answered("YES");
    assert!(said.ends_with("exit code 0"), "{said}");
    assert_ne!(pid(), first);
    assert!(!example.succeed(&["status", "heartbeat"]).contains("profile"));
}
