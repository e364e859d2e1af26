//! The command `status`, on Promethean's own system.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use promethean_test_support::files::repository;
use promethean_test_support::pm2::eventually;
use regex_lite::Regex;
use serde_json::Value;

use super::example::Example;
use super::scene::{Scene, on_both_engines};
use crate::program;

on_both_engines! {
    the_table_has_agents_with_their_services,
    the_exit_code_tells_what_is_not_well_only_when_asked,
    a_watch_ends_when_nobody_reads_on,
    a_watch_redraws_on_a_terminal_and_leaves_it_as_it_was,
}

const STATUS: [&str; 3] = ["--profile", "system", "status"];

fn status(example: &Example, arguments: &[&str]) -> Command {
    example.command(&[&STATUS, arguments].concat())
}

/// What is printed, with `#` for what differs from run to run. `MongoDB` may run on this machine.
fn shown(example: &Example, arguments: &[&str]) -> String {
    let shown = example.succeed(&[&STATUS, arguments].concat());
    let replaced = |text: &str, pattern: &str, by: &str| {
        Regex::new(pattern).unwrap().replace_all(text, by).into_owned()
    };
    let shown = replaced(&shown, "(?m)^external mongodb.*\n(  help.*\n)?", "");
    let shown = replaced(&shown, r"\d+ +\d+s +(\d+) +\d+% +\d+ MiB", "# $1 # #");
    // The widths of the columns differ, too.
    let shown = replaced(&shown, r"(\S)   *", "$1  ");
    let home = format!("{}[^ :]*", example.home().display());
    let shown = replaced(&shown, &home, "HOME");
    let shown = shown.replace("`up --engine embedded`", "`up`");
    shown.replace("the embedded engine", "ENGINE").replace("PM2", "ENGINE")
}

fn the_table_has_agents_with_their_services(scene: Scene) {
    let example = Example::on(scene);
    assert_eq!(
        shown(&example, &["duck", "heartbeat", "tts"]),
        "unit  state  pid  up  ↺  cpu  memory
duck  0/6 online  The first agent: reads, remembers and talks.
  discord_indexer  stopped
  cephalon  stopped
  embedder  stopped
  voice  stopped
  attachment_indexer  stopped
  attachment_embedder  stopped
heartbeat  stopped
tts  stopped
ENGINE does not run in HOME: `up` starts it
"
    );
    example.succeed(&["--profile", "system", "up", "heartbeat", "tts"]);
    assert_eq!(
        shown(&example, &["heartbeat", "tts"]),
        "unit  state  pid  up  ↺  cpu  memory
heartbeat  online  # 0 # #
tts  online  # 0 # #
profile: system
"
    );
}

fn the_exit_code_tells_what_is_not_well_only_when_asked(scene: Scene) {
    let example = Example::on(scene);
    let code = |arguments: &[&str]| status(&example, arguments).output().unwrap().status.code();
    assert_eq!(code(&["heartbeat"]), Some(0));
    assert_eq!(code(&["heartbeat", "--detailed-exitcode"]), Some(2));
    example.succeed(&["--profile", "system", "up", "heartbeat"]);
    assert_eq!(code(&["heartbeat", "--detailed-exitcode"]), Some(0));
    assert_eq!(code(&["heartbeat", "tts", "--detailed-exitcode"]), Some(2));

    // A program reads one object, and one a line of a watch.
    let object = example.succeed(&["--profile", "system", "status", "--json", "heartbeat"]);
    let object: Value = serde_json::from_str(&object).unwrap();
    let process = &object["apps"][0]["processes"][0];
    assert_eq!(process["status"], "online");
    assert_eq!(process["pid"], example.pid("heartbeat"));
    assert_eq!(object["apps"][0]["state"]["is"], "online");
}

fn a_watch_ends_when_nobody_reads_on(scene: Scene) {
    let example = Example::on(scene);
    let mut command = status(&example, &["--json", "heartbeat", "--watch", "1"]);
    let mut watch = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    for _ in 0..2 {
        let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(line["apps"][0]["app"], "heartbeat");
    }
    drop(lines);
    eventually("the watch has ended", || watch.try_wait().unwrap().is_some());
    assert!(watch.wait().unwrap().success());
}

fn a_watch_redraws_on_a_terminal_and_leaves_it_as_it_was(scene: Scene) {
    let example = Example::on(scene);
    example.succeed(&["--profile", "system", "up", "heartbeat"]);
    let script = repository().join("tests/it/operations/terminal.py");
    // A unit can stand behind `--watch`.
    let mut command = Command::new("python3");
    command
        .arg(script)
        .arg(program::example())
        .args(["--root", example.root.as_str()])
        .args(STATUS)
        .args(["duck", "--watch", "heartbeat"])
        .env("TERM", "xterm")
        .env_remove("NO_COLOR");
    let output = example.engage(&mut command).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("\x1b[2J\x1b[Hunit"), "{said:?}");
    let frames: Vec<&str> = said.split("\x1b[H").skip(1).collect();
    assert!(frames.len() >= 2, "{said:?}");
    assert!(frames[1].starts_with("unit"), "{said:?}");
    assert!(frames[1].contains("\x1b[32monline\x1b[0m"), "{said:?}");
    // Whatever was in the line before is gone.
    let first = frames[0].split_once("\x1b[J").unwrap().0;
    assert!(first.lines().all(|line| line.ends_with("\x1b[K")), "{said:?}");
    let colours = Regex::new("\x1b\\[[0-9;]*[mK]").unwrap();
    let plain = colours.replace_all(first, "");
    assert!(plain.lines().all(|line| line.chars().count() <= 80), "{plain}");
    assert!(!said.contains("\x1b[?25l"), "the cursor is not hidden: {said:?}");
    assert!(said.ends_with("ended by SIGINT"), "{said:?}");
}
