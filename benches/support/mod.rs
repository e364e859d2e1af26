//! What the benchmarks share: crates that are written and built in `target/bench`, commands that
//! are timed, and tables.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

use promethean_test_support::files::repository;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A directory of the benchmarks in the target directory of this package.
pub fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name);
    fs::create_dir_all(&directory).expect("target/ can be written to");
    directory
}

/// How crates are built while one works on them: as `promethean new` writes it.
const PROFILE: &str = include_str!("../../promethean-cli/src/commands/new/profile.toml");

/// A crate of its own that is written for a benchmark.
pub struct Crate {
    pub directory: PathBuf,
    target: PathBuf,
}

impl Crate {
    /// Writes a crate as `promethean new` does. `dependencies` are lines of its `Cargo.toml`.
    pub fn write(name: &str, dependencies: &str, target: &str, main: &str) -> Crate {
        let directory = directory("crates").join(name);
        fs::create_dir_all(directory.join("src")).expect("target/ can be written to");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n{PROFILE}\n[workspace]\n"
        );
        fs::write(directory.join("Cargo.toml"), manifest).expect("target/ can be written to");
        let written = Crate { directory, target: self::directory(target) };
        written.write_main(main);
        written
    }

    /// Replaces its program.
    pub fn write_main(&self, main: &str) {
        fs::write(self.directory.join("src/main.rs"), main).expect("target/ can be written to");
    }

    /// A Cargo command in it.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).arg("-q").current_dir(&self.directory);
        command.env("CARGO_TARGET_DIR", &self.target).stderr(Stdio::inherit());
        command
    }

    /// What Cargo has built.
    pub fn program(&self, profile: &str) -> PathBuf {
        let name = self.directory.file_name().expect("a crate has a name");
        self.target.join(profile).join(name)
    }

    /// The directory that Cargo builds into.
    pub fn target(&self) -> &Path {
        &self.target
    }
}

/// The line of a `Cargo.toml` that depends on this package.
pub fn dependency(features: &str) -> String {
    format!("promethean = {{ path = \"{}\"{features} }}\n", repository().display())
}

/// Runs a command and says how long it took.
pub fn time(command: &mut Command) -> Duration {
    command.stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("the command can be started");
    let elapsed = start.elapsed();
    assert!(status.success(), "{command:?} failed");
    elapsed
}

/// The median of some times.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Milliseconds with one digit.
pub fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

/// Whole microseconds.
pub fn microseconds(duration: Duration) -> String {
    format!("{} µs", duration.as_micros())
}
