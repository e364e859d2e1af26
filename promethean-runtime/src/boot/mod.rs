//! Starts a system at boot or login, with a unit that runs `up` on PM2, or `run` on the embedded engine.
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

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::diagnostic::Diagnostic;

pub use obstacles::{from_this_shell, is_in_target_directory};

/// The text before the mark of a unit, at the end of a line.
const MARK: &str = "Written by `boot install`; `boot remove` takes it away. It is of ";

/// What keeps the system running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// PM2's daemon, which `up` starts and leaves running.
    Pm2,
    /// The embedded engine: `run` stays, and nothing of the system outlives it.
    Embedded,
}

impl Keeper {
    /// The command that brings the system up, and how it is called where it returns at once.
    fn commands(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Keeper::Pm2 => (&["up"], &["up"]),
            Keeper::Embedded => (&["run"], &["run", "--detach"]),
        }
    }

    /// The command that takes it down.
    fn down(self) -> &'static [&'static str] {
        match self {
            Keeper::Pm2 => &["down"],
            Keeper::Embedded => &["down", "--engine", "embedded"],
        }
    }

    /// Its name, for a person.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Keeper::Pm2 => "PM2",
            Keeper::Embedded => "the embedded engine",
        }
    }
}

/// What runs at the start, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// What keeps the system running.
    pub keeper: Keeper,
    /// The name of the system, for the name of the unit.
    pub name: String,
    /// The directory of the crate of a system without a name, which distinguishes it from those of other crates.
    pub package: Option<Utf8PathBuf>,
    /// The `static` of a system without a name, which distinguishes it from others in its file.
    pub item: Option<String>,
    /// The root of the system, which distinguishes it from others of the same name.
    pub root: Utf8PathBuf,
    /// The absolute path of the program.
    pub program: Utf8PathBuf,
    /// The options of its commands: `--root`, `--profile`, `--pm2`.
    pub options: Vec<String>,
    /// The units to bring up; all without any.
    pub units: Vec<String>,
    /// The variables that the program sees. None is a secret.
    pub environment: Vec<(String, String)>,
}

/// A unit that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.diagnostic())]
pub enum BootError {
    /// systemd takes no such path.
    Program {
        /// The path of the program.
        path: String,
    },
    /// A text that the format of the unit cannot hold.
    Character {
        /// The text.
        text: String,
    },
}

impl BootError {
    /// What is wrong, and what to do about it.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            BootError::Program { path } => Diagnostic::new(format!(
                "systemd cannot run a program whose path has a quote, a backslash or a control \
                 character: {path:?}"
            ))
            .help("move the program, or link to it from elsewhere and run the link"),
            BootError::Character { text } => Diagnostic::new(format!(
                "a control character cannot be written in a unit: {text:?}"
            ))
            .help("remove it from the name or path"),
        }
    }
}

impl Boot {
    /// The name of the unit, in characters that need no quotes anywhere.
    #[must_use]
    pub fn unit(&self) -> String {
        let plain = |character: char| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => character,
            _ => '-',
        };
        let name = match &self.package {
            // Each crate has a `src/main.rs`.
            Some(package) => {
                let folder = package.file_name().unwrap_or(&self.name);
                format!("{folder}-{:08x}", self.hash(package))
            }
            None => self.name.clone(),
        };
        format!("promethean-{}", name.chars().map(plain).collect::<String>())
    }

    /// A number that identifies a system without a name.
    fn hash(&self, package: &Utf8Path) -> u32 {
        let item = self.item.as_deref().unwrap_or_default();
        let texts = [package.as_str(), &self.name, item, self.root.as_str()];
        // FNV-1a: std's hash is another one with each version of Rust.
        texts
            .iter()
            .flat_map(|text| text.bytes().chain([0]))
            .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    /// Whether this unit, as it was written once, is of this system: another may have the name.
    #[must_use]
    pub fn wrote(&self, unit: &str) -> bool {
        let end = format!("{MARK}{}", self.mark());
        unit.lines().any(|line| line.ends_with(&end))
    }

    /// Identifies the owner of a unit: the name and the root. What a comment of some format cannot hold
    /// is written as in a URL, `%` and two digits for a byte: two systems have never one mark.
    fn mark(&self) -> String {
        let item = self.item.as_ref().map(|item| format!(" ({item})")).unwrap_or_default();
        let text = format!("{}{item} in {}", self.name, self.root);
        let mut mark = String::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let is_held = match character {
                '%' | '\u{fffe}' | '\u{ffff}' => false,
                // XML ends a comment with two of them.
                '-' => !mark.ends_with('-') && characters.peek().is_some(),
                // systemd continues a comment after one.
                '\\' => characters.peek().is_some(),
                other => !other.is_control(),
            };
            if is_held {
                mark.push(character);
            } else {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a text cannot fail.
                    let _ = write!(mark, "%{byte:02x}");
                }
            }
        }
        mark
    }

    /// The program with a command and its arguments.
    fn line<'a>(&'a self, command: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let arguments = self.options.iter().chain(&self.units).map(String::as_str);
        std::iter::once(self.program.as_str()).chain(command.iter().copied()).chain(arguments)
    }
}
