//! An engine has the time zone of whoever started it, and whoever asks may have another one.

use std::process::{Command, Output};

use camino::Utf8PathBuf;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use promethean_test_support::files;
use promethean_test_support::pm2::{Pm2, eventually};
use serde_json::{Value, json};

/// The program that runs any declaration.
const DECLARED: &str = env!("CARGO_BIN_EXE_declared");

/// Where the engine is, and where whoever asks is: POSIX's rules need no files.
const ENGINE: &str = "JST-9";
const ASKER: &str = "EST5";

/// A system on an engine, which ends with this value.
struct System {
    pm2: Pm2,
    engine: &'static str,
    declaration: Utf8PathBuf,
    _guard: tempfile::TempDir,
}

impl System {
    fn new(engine: &'static str) -> System {
        let (guard, directory) = files::directory();
        let declaration = directory.join("declaration.json");
        let run = json!(["sh", "-c", "echo said; exec sleep 100004"]);
        let settings = json!({"run": run, "cron_restart": ["0 4 * * *"], "time": [true]});
        let service = json!({
            "kind": "script", "name": "nightly", "directory": directory,
            "block": {"settings": settings},
        });
        let text =
            json!({"name": "zones", "paths_unchecked": true, "units": [{"service": service}]});
        std::fs::write(&declaration, text.to_string()).unwrap();
        System { pm2: Pm2::new(), engine, declaration, _guard: guard }
    }

    /// A command of somebody in a time zone.
    fn run(&self, zone: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(DECLARED);
        self.pm2.engage(&mut command);
        command.args(arguments).args(["--engine", self.engine]).env("TZ", zone);
        command.env("DECLARATION", &self.declaration);
        command.output().unwrap()
    }

    fn succeed(&self, zone: &str, arguments: &[&str]) -> String {
        let output = self.run(zone, arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.run(ENGINE, &["down"]);
    }
}

#[test]
fn logs_and_schedules_are_read_in_the_zone_of_the_engine() {
    for engine in ["pm2", "embedded"] {
        let system = System::new(engine);
        let begun = Timestamp::now();
        system.succeed(ENGINE, &["up"]);
        let lines = || system.succeed(ASKER, &["logs", "--json", "--since", "10m"]);
        eventually("the line is in the log", || lines().contains("said"));
        let line: Value = serde_json::from_str(lines().lines().next().unwrap()).unwrap();
        let written: Timestamp = line["time"].as_str().unwrap().parse().unwrap();
        // PM2 writes no more than seconds.
        let earliest = begun - SignedDuration::from_secs(1);
        assert!((earliest..=Timestamp::now()).contains(&written), "{engine}: {line}");

        let status = system.succeed(ASKER, &["status", "--json"]);
        let status: Value = serde_json::from_str(&status).unwrap();
        let next = status["apps"][0]["cron"]["next"].as_str().unwrap();
        let next: Timestamp = next.parse().unwrap();
        let there = next.to_zoned_datetime(TimeZone::posix(ENGINE).unwrap());
        assert_eq!((there.hour(), there.minute()), (4, 0), "{engine}: {next}");
        system.succeed(ASKER, &["down"]);
    }
}
