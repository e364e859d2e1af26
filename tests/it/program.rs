//! The programs of the examples.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use promethean_test_support::files::repository;
use promethean_test_support::nested::as_in_a_terminal;
use promethean_test_support::node::target_directory;

/// The path of the example's program, built when it is first asked for.
pub fn example() -> &'static PathBuf {
    static EXAMPLE: LazyLock<PathBuf> = LazyLock::new(|| built("promethean"));
    &EXAMPLE
}

/// The same of the example on several machines.
#[cfg(target_os = "linux")]
pub fn on_machines() -> &'static PathBuf {
    static EXAMPLE: LazyLock<PathBuf> = LazyLock::new(|| built("on-machines"));
    &EXAMPLE
}

fn built(example: &str) -> PathBuf {
    // With the features that the test command has built it with.
    let built = as_in_a_terminal(&mut Command::new(env!("CARGO")))
        .args(["build", "-q", "--workspace", "--example", example])
        .current_dir(repository())
        .env("CARGO_TARGET_DIR", target_directory())
        .status();
    assert!(built.expect("cargo can be started").success());
    target_directory().join("debug/examples").join(example)
}
