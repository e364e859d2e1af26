//! What launchd reads in a unit.

use std::io::Write as _;
use std::process::{Command, Stdio};

use promethean::boot::{Boot, BootError};
use serde_json::{Value, json};

use super::sample;

/// What a reader of such files makes of it: Python's, which runs everywhere.
fn read(plist: &str) -> Value {
    let program = "import json, plistlib, sys\n\
        print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
    let mut python = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(plist.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{plist}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// On PM2 `up` ends when all runs; on the embedded engine `run` stays, and launchd starts it again when it fails.
#[test]
fn what_is_written_is_what_is_read() {
    let text = "100% \"mine\" <$HOME> & 'yours' ]]> \\ \t\n\r ü&amp;";
    for (sample, command) in [(sample::boot(text), "up"), (sample::embedded(text), "run")] {
        let boot = Boot { root: "/srv/--><dict>".into(), ..sample };
        let expected = json!({
            "Label": "promethean-sample",
            "RunAtLoad": true,
            "KeepAlive": {"SuccessfulExit": false},
            "ThrottleInterval": 30,
            "AbandonProcessGroup": true,
            "ProgramArguments": sample::words_of(command, text),
            "EnvironmentVariables": {"PATH": text},
        });
        assert_eq!(read(&boot.launchd().unwrap()), expected);
    }
}

#[test]
fn what_xml_cannot_hold_is_refused() {
    let error = BootError::Character { text: "\u{7}".to_owned() };
    for sample in [sample::boot, sample::embedded] {
        assert_eq!(sample("\u{7}").launchd(), Err(error.clone()));
    }
}
