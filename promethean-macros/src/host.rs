//! Who runs the macro.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::LazyLock;

/// What the name of rust-analyzer's macro server has in it: `rust-analyzer-proc-macro-srv` of the
/// toolchain, or rust-analyzer itself.
const EDITOR: &str = "rust-analyzer";

/// Whether it is an editor that wants the expansion. The process is asked and not its environment,
/// which a rustc that it starts would inherit.
pub(crate) fn is_editor() -> bool {
    static IS_EDITOR: LazyLock<bool> = LazyLock::new(|| {
        let program = std::env::current_exe().ok();
        let name = program.as_deref().and_then(Path::file_name).and_then(OsStr::to_str);
        name.is_some_and(|name| name.contains(EDITOR))
    });
    *IS_EDITOR
}
