//! The example's program.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use promethean_test_support::files::repository;
use promethean_test_support::node::target_directory;

/// The path of the example's program, built when it is first asked for.
pub fn example() -> &'static PathBuf {
    static EXAMPLE: LazyLock<PathBuf> = LazyLock::new(|| {
        // With the features that the test command has built it with.
        let built = Command::new(env!("CARGO"))
            .args(["build", "-q", "--workspace", "--example", "promethean"])
            .current_dir(repository())
            .env("CARGO_TARGET_DIR", target_directory())
            .status();
        assert!(built.expect("cargo can be started").success());
        target_directory().join("debug/examples/promethean")
    });
    &EXAMPLE
}
