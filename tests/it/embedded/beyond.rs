//! What PM2 does not do: `alive`, `restarts` of a dependency, `rotate`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use promethean_test_support::pm2::eventually;

use super::scene::Scene;

#[test]
fn what_depends_on_a_service_restarts_with_it_when_it_is_ready() {
    let scene = Scene::new("dependents");
    fs::write(scene.path("ready"), "").unwrap();
    scene.succeed(&["up", "--engine", "embedded"]);
    let restarts = |name: &str| scene.app(name)["restarts"].as_u64().unwrap();
    let all = || ["db", "web", "behind", "beside"].map(restarts);
    assert_eq!(all(), [0, 0, 0, 0], "nothing restarts because it comes up");
    fs::remove_file(scene.path("ready")).unwrap();
    fs::write(scene.path("crash"), "").unwrap();
    eventually("it is restarted", || {
        scene.engine_log().matches("db: online").count() == 2 && restarts("db") == 1
    });
    assert_eq!(all(), [1, 0, 0, 0], "it is not ready");
    fs::write(scene.path("ready"), "").unwrap();
    eventually("what depends on it restarts", || all() == [1, 1, 1, 0]);
    let log = scene.engine_log();
    assert!(log.contains("web: restarts with db"), "{log}");

    // Whoever restarts it by a command restarts them, too.
    let restart = scene.output(&["restart", "db"]);
    let said = String::from_utf8_lossy(&restart.stderr);
    assert!(restart.status.success(), "{said}");
    assert!(said.contains("db is restarted, and with it: behind, web\n"), "{said}");
    assert!(said.contains("not restarted, but using it: beside\n"), "{said}");
    assert!(said.contains("not touched: beside\n"), "{said}");
    eventually("they are restarted again", || {
        ["web", "behind", "beside"].map(restarts) == [2, 2, 0]
    });
    scene.succeed(&["down"]);
    scene.is_gone();
}

#[test]
fn what_no_longer_works_restarts() {
    let scene = Scene::new("alive");
    scene.succeed(&["up", "--engine", "embedded"]);
    let restarts = |name: &str| scene.app(name)["restarts"].as_u64().unwrap();
    assert_eq!(restarts("web"), 0);
    fs::write(scene.path("sick"), "").unwrap();
    eventually("it restarts", || restarts("web") > 0);
    eventually("that is seen, and how often", || {
        let app = scene.app("web");
        app["state"]["is"] == "restarting" && app["state"]["restarts"].as_u64() > Some(1)
    });
    // Whoever brings it up does not take it for well. Where it lies between two runs it is started, and its probe
    // may take longer to fail than `up` watches.
    let mut said = String::new();
    eventually("it is a failure", || {
        let up = scene.output(&["up", "web"]);
        said = String::from_utf8_lossy(&up.stderr).into_owned();
        up.status.code() == Some(4)
    });
    assert!(
        said.contains("2 probes of `alive` have failed (exec ./is-well.sh: ended with"),
        "{said}"
    );
    fs::remove_file(scene.path("sick")).unwrap();
    eventually("it works again", || scene.state("web") == "online");
    scene.succeed(&["up", "web"]);
    let log = scene.engine_log();
    let why = "web: its `alive` probe fails: exec ./is-well.sh: ended with exit code 3";
    assert!(log.contains(why), "{log}");
    let why = "web: restarts: 2 probes of `alive` have failed (exec ./is-well.sh: ended with exit code 3)";
    assert!(log.contains(why), "{log}");
    assert!(!log.contains("quiet"), "what a program says may hold a secret: {log}");
    eventually("nobody listens, which is a failure, too", || restarts("refused") > 0);
    assert!(scene.engine_log().contains("refused: its `alive` probe fails: tcp 127.0.0.1:1"));
    scene.succeed(&["down"]);
    scene.is_gone();
}

#[test]
fn a_log_is_replaced_at_its_size_and_no_line_is_lost() {
    let scene = Scene::new("rotated");
    scene.succeed(&["up", "--engine", "embedded"]);
    let logs = scene.engine().join("logs");
    eventually("its log is there", || logs.join("many-out.log").exists());
    let mut follow = scene
        .command(&["logs", "--follow", "--raw", "many"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines().map(Result::unwrap);
    // It follows when it has read what is there.
    assert_eq!(lines.next().as_deref(), Some("begin"));
    fs::write(scene.path("go"), "").unwrap();
    let expected = (1..=20_000).map(|number| format!("line {number}"));
    for line in expected.clone() {
        assert_eq!(lines.next(), Some(line));
    }
    let expected = std::iter::once("begin".to_owned()).chain(expected);
    follow.kill().unwrap();
    follow.wait().unwrap();
    // Those that were replaced go on where the last one begins.
    for count in ["1", "5000", "20000", "all"] {
        let shown = scene.succeed(&["logs", "--raw", "-n", count, "many"]);
        let skipped = count.parse().map_or(0, |count: usize| 20_001 - count);
        assert!(shown.lines().eq(expected.clone().skip(skipped)), "{count}: {shown}");
    }

    let old = |name: &str| {
        let names =
            logs.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned());
        let mut numbers: Vec<u32> = names
            .filter_map(|found| found.strip_prefix(&format!("{name}-out.log."))?.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers
    };
    let read = |name: &str| {
        let files = old(name).into_iter().rev().map(|number| format!("{name}-out.log.{number}"));
        let files = files.chain([format!("{name}-out.log")]);
        files.map(|file| fs::read_to_string(logs.join(file)).unwrap()).collect::<Vec<String>>()
    };
    let files = read("many");
    assert!(files.len() > 5, "{}", files.len());
    let (last, full) = files.split_last().unwrap();
    assert!(last.len() < 20 << 10);
    assert!(full.iter().all(|file| (20 << 10..21 << 10).contains(&file.len())));
    assert!(files.concat().lines().eq(expected));
    eventually("the other has ended", || scene.state("few") == "completed");
    assert_eq!(old("few"), [1, 2]);
    let few = read("few").concat();
    let last = few.lines().last().unwrap();
    assert!(last.ends_with(": line 20000"), "{last}");
}
