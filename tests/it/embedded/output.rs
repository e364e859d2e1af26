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

/// A file that has a limit, and a file system without room. What is said is lost, and nothing else.
#[test]
fn a_full_disk_stops_the_log_and_nothing_else() {
    // In units of 512 bytes: a million and a bit.
    const LIMIT: usize = 2048;
    let scene = Scene::new("full");
    let shell = format!("ulimit -f {LIMIT}");
    let up = scene.command_after(&shell, &["up", "--engine", "embedded"]).output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    eventually("what has a hundred million bytes to say has ended", || {
        scene.state("loud") == "completed"
    });
    assert_eq!(log(&scene, "loud-out.log").len(), LIMIT * 512);
    let ticks =
        |name: &str| fs::read_to_string(scene.path(&format!("ticks.{name}"))).unwrap_or_default();
    for name in ["chatty", "nowhere"] {
        eventually("it goes on", || ticks(name).lines().count() > 50);
        assert_eq!(scene.app(name)["restarts"], 0);
    }
    let said = scene.engine_log();
    for said_once in [
        "loud: what it says is not written: ",
        "loud-out.log: File too large",
        "chatty-out.log: File too large",
        "nowhere: what it says is not written: /dev/full: No space left on device",
    ] {
        assert_eq!(said.matches(said_once).count(), 1, "{said_once}: {said}");
    }
    let notes = scene.succeed(&["status", "--json"]);
    assert!(notes.contains("nowhere: what it says is not written: /dev/full: No space"), "{notes}");

    // Where there is room again, the log goes on.
    let file = scene.engine().join("logs/chatty-out.log");
    fs::File::options().write(true).open(&file).unwrap().set_len(0).unwrap();
    eventually("it is written to again", || {
        log(&scene, "chatty-out.log").ends_with("tick\ntick\n")
    });
    assert!(scene.engine_log().contains("chatty-out.log is written to again"));
    scene.succeed(&["down"]);
    scene.is_gone();
}
