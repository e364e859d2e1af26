//! What brings a system up when its user's session or machine starts: a unit that runs `up`.
//!
//! `pm2 save` and `pm2 resurrect` do it otherwise: they write all apps with all their variables to
//! a file, secrets in the clear, and start what was so once. A unit has no secrets in it, and starts
//! what is written.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::{SecretPiece, System, Variable};
use promethean_core::secrets::{Reader, Source};

/// What runs at the start, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// The name of the system, for the name of the unit.
    pub name: String,
    /// The program and its arguments before the command: `--root`, `--profile`, `--pm2`.
    pub program: Vec<String>,
    /// The units to bring up; all without any.
    pub units: Vec<String>,
    /// The variables that the program sees.
    pub environment: Vec<(String, String)>,
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

    fn line<'a>(&'a self, command: &'a str) -> impl Iterator<Item = &'a str> {
        let program = self.program.iter().map(String::as_str);
        program.chain([command]).chain(self.units.iter().map(String::as_str))
    }

    /// Where systemd looks for the unit, in this directory of configurations (`~/.config`).
    #[must_use]
    pub fn systemd_path(&self, config: &Utf8Path) -> Utf8PathBuf {
        config.join("systemd/user").join(format!("{}.service", self.unit()))
    }

    /// The unit for systemd's user manager.
    ///
    /// PM2's daemon is started by the unit and stays when `up` has ended (`RemainAfterExit`), also
    /// when the unit is stopped (`KillMode=process`): apps of others may run on it.
    #[must_use]
    pub fn systemd(&self) -> String {
        let line = |command| self.line(command).map(argument).collect::<Vec<_>>().join(" ");
        let mut text = format!(
            "[Unit]\nDescription={} on PM2\n\n[Service]\nType=oneshot\nRemainAfterExit=yes\n\
             KillMode=process\nTimeoutStartSec=infinity\nExecStart={}\nExecStop={}\n",
            self.name.replace('%', "%%").replace(['\n', '\\'], " "),
            line("up"),
            line("down"),
        );
        for (name, value) in &self.environment {
            let _ = writeln!(text, "Environment={}", quoted(&format!("{name}={value}")));
        }
        text.push_str("\n[Install]\nWantedBy=default.target\n");
        text
    }

    /// Where launchd looks for the agent, in this home directory.
    #[must_use]
    pub fn launchd_path(&self, home: &Utf8Path) -> Utf8PathBuf {
        home.join("Library/LaunchAgents").join(format!("{}.plist", self.unit()))
    }

    /// The agent for macOS's launchd. `AbandonProcessGroup` lets PM2's daemon stay when `up` has
    /// ended.
    #[must_use]
    pub fn launchd(&self) -> String {
        let arguments = self.line("up").map(|part| format!("    <string>{}</string>\n", xml(part)));
        let variables = self.environment.iter().map(|(name, value)| {
            format!("    <key>{}</key>\n    <string>{}</string>\n", xml(name), xml(value))
        });
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n  \
             <key>Label</key>\n  <string>{}</string>\n  <key>RunAtLoad</key>\n  <true/>\n  \
             <key>AbandonProcessGroup</key>\n  <true/>\n  <key>ProgramArguments</key>\n  <array>\n{}  \
             </array>\n  <key>EnvironmentVariables</key>\n  <dict>\n{}  </dict>\n</dict>\n</plist>\n",
            self.unit(),
            arguments.collect::<String>(),
            variables.collect::<String>(),
        )
    }
}

/// An argument of an `Exec…=` line: systemd.service(5), "Command lines".
fn argument(text: &str) -> String {
    quoted(&text.replace('$', "$$"))
}

/// A text in double quotes with C's escapes, `%` doubled: systemd.syntax(7), "Quoting", and
/// systemd.unit(5), "Specifiers".
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '%' => quoted.push_str("%%"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What of a system's variables comes from the shell of this moment and will not be there at the
/// start of the machine: `DISCORD_TOKEN of duck_voice`.
#[must_use]
pub fn from_this_shell(system: &System) -> Vec<String> {
    let reader = Reader::new();
    let mut found: Vec<String> = Vec::new();
    for app in &system.apps {
        for (_, variable) in &app.env {
            let names: Vec<&str> = match variable {
                Variable::Plain(_) | Variable::Inherited { or: Some(_), .. } => Vec::new(),
                Variable::Inherited { from, or: None } => vec![from],
                Variable::Secret(pieces) => {
                    let secrets = pieces.iter().filter_map(|piece| match piece {
                        SecretPiece::Secret(name) => Some(name.as_str()),
                        SecretPiece::Literal(_) => None,
                    });
                    let here = |name: &&str| {
                        matches!(reader.find(app, name), Ok(Some(Source::Environment)))
                    };
                    secrets.filter(here).collect()
                }
            };
            found.extend(names.into_iter().map(|name| format!("{name} of {}", app.name)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemd_takes_for_its_own_is_escaped() {
        assert_eq!(argument("/opt/100% \"mine\"/$HOME\\x"), r#""/opt/100%% \"mine\"/$$HOME\\x""#);
        assert_eq!(quoted("A=$x\n"), "\"A=$x\\n\"");
        assert_eq!(xml("<a & b>"), "&lt;a &amp; b&gt;");
    }
}
