//! What an engine cannot do, found before anything starts.

use promethean_core::app::App;

/// Something that an engine cannot do, with its check.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What it is about, in a word that stays the same.
    pub kind: &'static str,
    /// Says what of an app is beyond it.
    pub check: fn(&Launch<'_>) -> Option<Exceeded>,
}

/// An app that is about to start.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'l> {
    /// The app.
    pub app: &'l App,
    /// All variables that its processes see, as far as they can be read.
    pub variables: &'l [(&'l str, &'l str)],
    /// The longest text that the system hands to a process, in bytes.
    pub longest: usize,
}

/// An app is beyond a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// What is.
    pub message: String,
    /// What to do about it.
    pub help: String,
}
