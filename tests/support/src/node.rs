//! Node and what npm installs for the tests, into `target/npm`.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

/// What is installed, and in which versions.
const PACKAGE: &str = include_str!("../npm/package.json");
const LOCK: &str = include_str!("../npm/package-lock.json");

/// The `node_modules` with PM2 in it. The first call installs it.
///
/// # Panics
///
/// When Node or npm is absent or npm fails: the tests need the real programs.
pub fn modules() -> &'static Path {
    static MODULES: OnceLock<PathBuf> = OnceLock::new();
    MODULES.get_or_init(|| install("npm", PACKAGE, LOCK))
}

/// Installs what a `package.json` and its lock file say into a directory of `target/`, where it is
/// not there yet, and returns its `node_modules`.
///
/// # Panics
///
/// When Node or npm is absent or npm fails: the tests need the real programs.
#[must_use]
pub fn install(directory: &str, package: &str, lock: &str) -> PathBuf {
    let directory = target_directory().join(directory);
    fs::create_dir_all(&directory).expect("target/ can be written to");
    // Test binaries run beside each other; one installs, the others wait.
    let guard = File::create(directory.join("lock")).expect("target/ can be written to");
    guard.lock().expect("files in target/ can be locked");
    let modules = directory.join("node_modules");
    let installed = directory.join("installed");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == lock) && modules.is_dir() {
        return modules;
    }
    fs::write(directory.join("package.json"), package).expect("target/ can be written to");
    fs::write(directory.join("package-lock.json"), lock).expect("target/ can be written to");
    let npm = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&directory)
        .output()
        .expect(
            "npm cannot be started: these tests run the real programs and need Node 20 with npm",
        );
    assert!(
        npm.status.success(),
        "npm ci failed in {}:\n{}",
        directory.display(),
        String::from_utf8_lossy(&npm.stderr)
    );
    fs::write(&installed, lock).expect("target/ can be written to");
    modules
}

/// The `target` directory that this program was built into.
///
/// # Panics
///
/// When the program stands outside a target directory.
#[must_use]
pub fn target_directory() -> PathBuf {
    let program = std::env::current_exe().expect("a process has an executable");
    let target = program.ancestors().find(|directory| directory.join("CACHEDIR.TAG").is_file());
    target.expect("tests are built into a target directory").to_path_buf()
}

/// A Node process that answers questions with PM2's own code.
#[derive(Debug)]
pub struct Oracle {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the process.
    ///
    /// # Panics
    ///
    /// When Node is absent.
    #[must_use]
    pub fn start() -> Oracle {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/oracle.js");
        let mut process = Command::new("node")
            .arg(script)
            .arg(modules())
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node cannot be started: these tests need Node 20");
        let questions = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Oracle { process, questions, answers }
    }

    /// What PM2's validator says of each app: `{"errors": […], "dropped": […]}`.
    pub fn validate(&mut self, config: &Value) -> Value {
        self.ask(&json!({"operation": "validate", "config": config}))
    }

    /// What PM2 makes of a configuration before it starts anything: `{"apps": […]}`.
    pub fn verify(&mut self, config: &Value) -> Value {
        self.ask(&json!({"operation": "verify", "config": config}))
    }

    /// What a JavaScript configuration exports in this environment: `{"config": …}`, or
    /// `{"error": …}`.
    pub fn load(&mut self, file: &Path, env: &Value) -> Value {
        self.ask(&json!({"operation": "load", "file": file, "env": env}))
    }

    /// What PM2's YAML reader reads: `{"config": …}`.
    pub fn yaml(&mut self, text: &str) -> Value {
        self.ask(&json!({"operation": "yaml", "text": text}))
    }

    /// What the npm package `dotenv` reads.
    pub fn dotenv(&mut self, text: &str) -> Value {
        self.ask(&json!({"operation": "dotenv", "text": text}))
    }

    /// What PM2's cron reader says: `{"next": …}`, or `{"error": …}`.
    pub fn cron(&mut self, pattern: &str) -> Value {
        self.ask(&json!({"operation": "cron", "pattern": pattern}))
    }

    /// The same after a time in UTC.
    pub fn cron_after(&mut self, pattern: &str, after: &str) -> Value {
        self.ask(&json!({"operation": "cron", "pattern": pattern, "after": after}))
    }

    /// What PM2 says of one of the facts of `node/oracle.js`.
    pub fn fact(&mut self, name: &str, mut question: Value) -> Value {
        question["operation"] = "fact".into();
        question["name"] = name.into();
        self.ask(&question)
    }

    fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.questions, "{question}").expect("the oracle listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the oracle answers");
        let answer: Value = serde_json::from_str(&answer).expect("the oracle answers in JSON");
        let thrown = answer.get("thrown").and_then(Value::as_str);
        assert!(thrown.is_none(), "{question}: {}", thrown.unwrap_or_default());
        answer
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A Node program that says how it was started, as one line of JSON: `args`, `directory`, `env`.
#[must_use]
pub fn recorder() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/node/recorder.js")
}
