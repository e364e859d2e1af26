//! Programs of Python, as pip installs them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::node::target_directory;

/// The directory with the programs of a package of pip, which is installed with `others` in a directory of
/// its own in `target/` where it is missing.
///
/// # Panics
///
/// When Python has no `venv`, or pip cannot install the package.
#[must_use]
pub fn programs(package: &str, version: &str, others: &[&str]) -> PathBuf {
    let directory = target_directory().join(format!("{package}-{version}"));
    let programs = directory.join("bin");
    fs::create_dir_all(&directory).expect("a directory in `target/`");
    let lock = fs::File::create(directory.with_extension("lock")).expect("a file in `target/`");
    lock.lock().expect("a lock");
    let marker = directory.join("installed");
    // Its programs have their own path in them: they do not work in a directory that was moved.
    let place = directory.display().to_string();
    if fs::read_to_string(&marker).ok().as_ref() != Some(&place) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory));
        let mut install = Command::new(programs.join("pip"));
        run(install.args(["install", "-q", &format!("{package}=={version}")]).args(others));
        fs::write(marker, place).expect("a file in `target/`");
    }
    programs
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
