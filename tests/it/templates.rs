//! `promethean new --template`: each is built and run, in the foreground and without PM2.

use std::fs;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use camino::Utf8Path;
use promethean_test_support::files::{directory, repository};
use promethean_test_support::nested::Nested;
use promethean_test_support::pm2::eventually;

const PROGRAM: &str = env!("CARGO_BIN_EXE_promethean-under-test");

/// Runs a command line that ends with Ctrl-C; it has to print these texts before.
pub fn in_foreground(nested: &Nested, folder: &Utf8Path, line: &str, texts: &[&str]) {
    let (_guard, home) = directory();
    // The shell outlives the Ctrl-C that ends what it has started, and returns its exit code.
    let line = format!("trap : INT; {line}");
    let mut running = nested
        .prepare(Command::new("sh").args(["-c", &line]))
        .current_dir(folder)
        .env("PROMETHEAN_HOME", &home)
        .env("PROMETHEAN_PM2", "/nowhere")
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = Arc::new(Mutex::new(String::new()));
    let follow = |mut stream: Box<dyn std::io::Read + Send>| {
        let said = Arc::clone(&said);
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut piece) {
                said.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..count]));
            }
        })
    };
    let readers = [
        follow(Box::new(running.stdout.take().unwrap())),
        follow(Box::new(running.stderr.take().unwrap())),
    ];
    eventually(&format!("{line} prints {texts:?}"), || {
        let ended = running.try_wait().unwrap();
        let said = said.lock().unwrap();
        assert!(ended.is_none(), "{line} has ended: {ended:?}\n{said}");
        texts.iter().all(|text| said.contains(text))
    });
    let group = format!("-{}", running.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    let status = running.wait().unwrap();
    for reader in readers {
        reader.join().unwrap();
    }
    let said = said.lock().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
}

pub fn each_template_is_a_running_system() {
    // Before the crates are written: to Cargo, crates of one name are one, and the younger file counts.
    let nested = Nested::begin();
    let (_guard, folder) = directory();
    for (template, texts) in [
        ("agent", &["Duck has heard nothing"][..]),
        ("web", &["the database is ready", "open http://127.0.0.1:", "does the first job"]),
        ("many-files", &["clock is here"]),
    ] {
        let package = format!("template-{template}");
        let mut command = Command::new(PROGRAM);
        command.args(["new", &package, "--template", template, "--path"]).arg(repository());
        let output = command.current_dir(&folder).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(
            said.contains(&format!(
                "next:\n    cd {package}\n    cargo run -- graph\n    cargo run -- run\n"
            )),
            "{said}"
        );
        let crate_folder = folder.join(&package);
        fs::copy(repository().join("Cargo.lock"), crate_folder.join("Cargo.lock")).unwrap();
        in_foreground(&nested, &crate_folder, "cargo run -q -- run", texts);
    }
}

#[test]
fn the_ecosystems_of_templates_are_formatted() {
    let folder = repository().join("promethean-cli/src/commands/new/templates");
    let mut command = Command::new(PROGRAM);
    let output = command.args(["fmt", "--check"]).arg(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
