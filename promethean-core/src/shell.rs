//! What words are to a shell.

/// Shells that read a command after `-c`.
pub(crate) const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "sh", "zsh"];

/// Whether a word stands between two commands.
pub(crate) fn joins_commands(word: &str) -> bool {
    matches!(word, "|" | "|&" | "||" | "&&" | ";")
}
