//! The engine's own log: its standard error, which is `engine.log`.

use std::io::Write as _;

use jiff::Timestamp;

/// Notes what happens to processes.
pub(in crate::supervisor) fn info(text: &str) {
    write("log", text);
}

/// Notes what does not work.
pub(in crate::supervisor) fn error(text: &str) {
    write("error", text);
}

/// A log that cannot be written is no reason to end.
fn write(kind: &str, text: &str) {
    let now = Timestamp::now();
    let _ = writeln!(std::io::stderr(), "{now:.3} {kind}: {text}");
}
