//! `run`.

use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use promethean_test_support::dice::Dice;
use promethean_test_support::effort;
use promethean_test_support::pm2::eventually;

use super::scene::{Scene, kill};

/// A `run` whose output is read in the end.
fn run(scene: &Scene, arguments: &[&str]) -> Child {
    let mut command = scene.command(&[&["run"], arguments].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupt(run: &Child) {
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
}

fn ended(run: Child) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = run.wait_with_output().unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn it_shows_the_lines_of_all_and_ends_all_with_ctrl_c() {
    let scene = Scene::new("ends");
    let run = run(&scene, &["--quiet", "shown"]);
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    interrupt(&run);
    let (code, said) = ended(run);
    assert_eq!(code, Some(0), "{said}");
    for line in ["once    | once", "after   | stays", "after   ! and complains"] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
    assert!(!said.contains("from-a-file"), "{said}");
    let position = |text: &str| said.find(text).unwrap_or_else(|| panic!("{text}: {said}"));
    assert!(position("crashes: stopped") < position("after: stopped"));
    assert!(position("\nonce      completed") > position("after: stopped"));
    scene.is_gone();
}

#[test]
fn a_second_ctrl_c_does_not_wait() {
    let scene = Scene::new("patient");
    let run = run(&scene, &[]);
    eventually("it is deaf", || !scene.noted().is_empty() && scene.state("deaf") == "online");
    interrupt(&run);
    eventually("it is asked to end", || scene.state("deaf") == "stopping");
    interrupt(&run);
    let (_, said) = ended(run);
    scene.is_gone();
    assert!(said.contains("deaf"), "{said}");
}

#[test]
fn a_killed_run_leaves_nothing() {
    for seed in 0..u64::from(effort::of(50)) {
        let mut dice = Dice::from_seed(seed);
        let scene = Scene::new("families");
        let mut run = run(&scene, &[]);
        eventually("something runs", || !scene.noted().is_empty());
        thread::sleep(Duration::from_millis(dice.below(400) as u64));
        kill(run.id());
        run.wait().unwrap();
        scene.is_gone();
    }
}

#[test]
fn the_first_failure_is_its_own_where_that_is_asked_for() {
    let scene = Scene::new("fails");
    let run = run(&scene, &["--abort-on-failure"]);
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    fs::write(scene.path("fail"), "").unwrap();
    let (code, said) = ended(run);
    assert_eq!(code, Some(7), "{said}");
    scene.is_gone();
}

#[test]
fn a_second_run_joins_the_first_and_leaves_it() {
    let scene = Scene::new("fails");
    let first = run(&scene, &[]);
    eventually("all runs", || {
        scene.output(&["status", "--detailed-exitcode"]).status.code() == Some(0)
    });
    let pid = scene.pid("watches");
    let mut second = run(&scene, &[]);
    thread::sleep(Duration::from_secs(2));
    assert_eq!(second.try_wait().unwrap(), None);
    interrupt(&second);
    let (code, said) = ended(second);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("already running"), "{said}");
    assert_eq!(scene.pid("watches"), pid);
    interrupt(&first);
    ended(first);
    scene.is_gone();
}

#[test]
fn what_runs_in_the_background_restarts_when_its_files_change() {
    let scene = Scene::new("fails");
    scene.succeed(&["run", "--detach"]);
    let pid = scene.pid("watches");
    eventually("it is restarted", || {
        fs::write(scene.path("changes"), "changed").unwrap();
        let now = scene.pid("watches");
        now != pid && now != 0
    });
    scene.succeed(&["down"]);
    scene.is_gone();
}
