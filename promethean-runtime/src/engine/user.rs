//! The user that an app runs as.

/// A user of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The number.
    pub uid: u32,
    /// The number of the first group.
    pub gid: u32,
    /// The home directory.
    pub home: String,
    /// The shell.
    pub shell: String,
}

impl User {
    /// The variables that a login sets for the user: environ(7).
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("HOME", &self.home),
            ("USER", &self.name),
            ("LOGNAME", &self.name),
            ("SHELL", &self.shell),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.as_str()))
    }
}
