//! The unit for systemd's user manager.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Boot, BootError, Keeper, MARK};

impl Boot {
    /// The first version of systemd that starts such a unit again when it has failed.
    pub const SYSTEMD: u32 = 244;

    /// Where systemd looks for the unit, in this directory of configurations (`~/.config`).
    #[must_use]
    pub fn systemd_path(&self, config: &Utf8Path) -> Utf8PathBuf {
        config.join("systemd/user").join(format!("{}.service", self.unit()))
    }

    /// The unit for systemd's user manager.
    ///
    /// `run` stays, with the embedded engine in its control group: systemd starts it again when it fails,
    /// and the journal has the lines of the services. `down` stops the system in order; a signal to `run`
    /// alone (`KillMode=mixed`) would do the same, but not where `up` has started the engine.
    ///
    /// `up` starts PM2's daemon and ends. The unit counts as active then (`RemainAfterExit`), and
    /// the daemon stays, in the unit's control group. It stays, too, when `up` fails or the unit is
    /// stopped (`KillMode=process`): apps of others may run on it. What the system needs may come up
    /// later than it, so that `up` is tried again when it has failed, but not for wrong arguments
    /// and a name that others have.
    ///
    /// # Errors
    ///
    /// systemd does not take the path of the program.
    pub fn systemd(&self) -> Result<String, BootError> {
        let start = self.command_line(self.keeper.commands().0)?;
        let stop = self.command_line(self.keeper.down())?;
        let kind = match self.keeper {
            Keeper::Pm2 => {
                "Type=oneshot\nRemainAfterExit=yes\nKillMode=process\nTimeoutStartSec=infinity\n"
            }
            Keeper::Embedded => {
                "Type=exec\nKillMode=mixed\nKillSignal=SIGINT\nTimeoutStopSec=10min\n"
            }
        };
        let mut text = format!(
            "# {MARK}{}\n\
             [Unit]\nDescription={} on {}\nStartLimitIntervalSec=1h\nStartLimitBurst=20\n\n\
             [Service]\n{kind}Restart=on-failure\nRestartSec=15\n\
             RestartPreventExitStatus=2 7\nExecStart={start}\nExecStop={stop}\n",
            self.mark(),
            self.unit(),
            self.keeper.name(),
        );
        for (name, value) in &self.environment {
            // There a `$` is a `$`.
            let _ = writeln!(text, "Environment={}", quoted(&format!("{name}={value}")));
        }
        text.push_str("\n[Install]\nWantedBy=default.target\n");
        Ok(text)
    }

    /// systemd.service(5), "Command lines". `$` is doubled but in the program, which is no place for
    /// a variable.
    fn command_line(&self, command: &[&str]) -> Result<String, BootError> {
        let mut words = self.line(command);
        let program = words.next().unwrap_or_default();
        // `string_is_safe` in systemd's `config_parse_exec`.
        if program.chars().any(|letter| letter.is_control() || "\"'\\".contains(letter)) {
            return Err(BootError::Program { path: program.to_owned() });
        }
        let arguments = words.map(|word| format!(" {}", quoted(&word.replace('$', "$$"))));
        Ok(quoted(program) + &arguments.collect::<String>())
    }
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
            control if control.is_ascii_control() => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
