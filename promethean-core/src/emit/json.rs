//! PM2's configuration as JSON.

use super::Config;

/// Writes a configuration as JSON, indented by two spaces, with a newline at the end.
#[must_use]
pub fn json(config: &Config<'_>) -> String {
    let mut text = Vec::new();
    // Writing texts, numbers and booleans to memory fails for nothing.
    let written = serde_json::to_writer_pretty(&mut text, config);
    debug_assert!(written.is_ok(), "{written:?}");
    text.push(b'\n');
    String::from_utf8(text).unwrap_or_default()
}
