//! What services say.

use std::fs;

use promethean_test_support::pm2::eventually;
use serde_json::Value;

use super::scene::Scene;

fn log(scene: &Scene, name: &str) -> String {
    fs::read_to_string(scene.engine().join("logs").join(name)).unwrap_or_default()
}

#[test]
fn a_hundred_million_bytes_and_a_long_line_are_all_written() {
    let scene = Scene::new("loud");
    scene.succeed(&["up", "--engine", "embedded", "loud"]);
    eventually("all is written", || log(&scene, "loud-error.log") == "end\n");
    eventually("it has ended", || scene.state("loud") == "completed");
    scene.succeed(&["down"]);
    let written = log(&scene, "loud-out.log");
    assert_eq!(written.len(), 100_000_000 + 1_000_001);
    let (lines, long) = written.split_at(100_000_000);
    let line = "0123456789abcdefghijklmnopqrstuvwxyz";
    let whole = lines.lines().filter(|written| *written == line).count();
    assert_eq!(whole, 100_000_000 / (line.len() + 1));
    assert!(long.trim_end().bytes().all(|byte| byte == b'x'));
}

#[test]
fn lines_are_dated_and_objects_whole_however_they_come() {
    let scene = Scene::new("loud");
    scene.succeed(&["up", "--engine", "embedded", "dated", "objects"]);
    let has_ended = |app: &str| scene.state(app) == "completed";
    eventually("both have ended", || has_ended("dated") && has_ended("objects"));
    scene.succeed(&["down"]);
    let dated = log(&scene, "dated-out.log");
    let texts: Vec<&str> = dated.lines().map(|line| line.split_once(": ").unwrap().1).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    let objects = log(&scene, "objects-out.log");
    let messages: Vec<String> = objects
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["message"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(messages, ["one\n", "two\n", "three"]);
}
