//! Starts a system at boot or login, with a unit that runs `up`.
//!
//! `pm2 save` and `pm2 resurrect` differ: they write all apps with all variables to a file, secrets in
//! plain text, and restore the past state. A unit contains no secrets, and starts the current definition.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `systemd`, `launchd`, `cron` | the unit for each of them |
//! | `obstacles` | what works now and will not when the machine starts |

mod cron;
mod launchd;
mod obstacles;
mod systemd;

use camino::Utf8PathBuf;

pub use obstacles::{from_this_shell, is_in_target_directory};

/// What stands before the mark of a unit, at the end of a line.
const MARK: &str = "Written by `boot install`; `boot remove` takes it away. It is of ";

/// What runs at the start, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// The name of the system, for the name of the unit.
    pub name: String,
    /// The `static` of a system without a name, which tells it from others of its file.
    pub item: Option<String>,
    /// The root of the system, which tells it from others of the name.
    pub root: Utf8PathBuf,
    /// The absolute path of the program.
    pub program: Utf8PathBuf,
    /// The options of its commands `up` and `down`: `--root`, `--profile`, `--pm2`.
    pub options: Vec<String>,
    /// The units to bring up; all without any.
    pub units: Vec<String>,
    /// The variables that the program sees. None is a secret.
    pub environment: Vec<(String, String)>,
}

/// A unit that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootError {
    /// systemd takes no such path.
    #[error(
        "systemd cannot run a program whose path has a quote, a backslash or a control character: {path:?}\n  \
         help: move the program, or link to it from elsewhere and run the link"
    )]
    Program {
        /// The path of the program.
        path: String,
    },
    /// A text that the format of the unit cannot hold.
    #[error(
        "a control character cannot be written in a unit: {text:?}\n  help: remove it from the name or path"
    )]
    Character {
        /// The text.
        text: String,
    },
}

impl Boot {
    /// The name of the unit, in characters that need no quotes anywhere.
    #[must_use]
    pub fn unit(&self) -> String {
        let plain = |character: char| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => character,
            _ => '-',
        };
        format!("promethean-{}", self.name.chars().map(plain).collect::<String>())
    }

    /// Whether this unit, as it was written once, is of this system: another may have the name.
    #[must_use]
    pub fn wrote(&self, unit: &str) -> bool {
        // Earlier versions wrote no item.
        let ends = [self.mark(), self.mark_of(&self.name)].map(|mark| format!("{MARK}{mark}"));
        unit.lines().any(|line| ends.iter().any(|end| line.ends_with(end)))
    }

    /// What tells whose unit it is.
    fn mark(&self) -> String {
        match &self.item {
            Some(item) => self.mark_of(&format!("{} ({item})", self.name)),
            None => self.mark_of(&self.name),
        }
    }

    /// A name and the root, in characters that end no comment of any format.
    fn mark_of(&self, name: &str) -> String {
        let plain = |character: char| match character {
            '-' => '_',
            control if control.is_control() => ' ',
            other => other,
        };
        let mark = format!("{name} in {}", self.root);
        mark.chars().map(plain).collect::<String>().trim_end_matches('\\').to_owned()
    }

    /// The program with a command and its arguments.
    fn line<'a>(&'a self, command: &'a str) -> impl Iterator<Item = &'a str> {
        let arguments = self.options.iter().chain(&self.units).map(String::as_str);
        [self.program.as_str(), command].into_iter().chain(arguments)
    }
}
