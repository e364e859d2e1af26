//! The unit for systemd's user manager.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Boot, BootError, MARK};

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
        let start = self.command_line("up")?;
        let stop = self.command_line("down")?;
        let mut text = format!(
            "# {MARK}{}\n\
             [Unit]\nDescription={} on PM2\nStartLimitIntervalSec=1h\nStartLimitBurst=20\n\n\
             [Service]\nType=oneshot\nRemainAfterExit=yes\nKillMode=process\n\
             TimeoutStartSec=infinity\nRestart=on-failure\nRestartSec=15\n\
             RestartPreventExitStatus=2 7\nExecStart={start}\nExecStop={stop}\n",
            self.mark(),
            self.unit(),
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
    fn command_line(&self, command: &str) -> Result<String, BootError> {
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use proptest::prelude::*;

    use super::super::sample;
    use super::*;

    fn value<'u>(unit: &'u str, key: &str) -> &'u str {
        let found = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("{key} in {unit}"))
    }

    /// The words of a value, as systemd.syntax(7) and systemd.unit(5) say that they are read.
    fn read(value: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut rest = value.chars().peekable();
        while rest.next_if_eq(&'"').is_some() {
            let mut word = String::new();
            loop {
                match rest.next().expect("a quote at the end") {
                    '"' => break,
                    '\\' => word.push(match rest.next().unwrap() {
                        'x' => {
                            let digits: String = rest.by_ref().take(2).collect();
                            char::from(u8::from_str_radix(&digits, 16).unwrap())
                        }
                        same @ ('"' | '\\') => same,
                        other => panic!("\\{other} is no escape that is written"),
                    }),
                    '%' => {
                        assert_eq!(rest.next(), Some('%'), "a specifier in {value}");
                        word.push('%');
                    }
                    other => word.push(other),
                }
            }
            words.push(word);
            assert!(rest.next_if_eq(&' ').is_some() || rest.peek().is_none(), "{value}");
        }
        assert_eq!(rest.next(), None, "{value}");
        words
    }

    /// An argument, of which systemd takes `$` for the start of a variable, `$$` for a `$`.
    fn argument(word: &str) -> String {
        assert_eq!(word.replace("$$", "").matches('$').count(), 0, "a variable in {word}");
        word.replace("$$", "$")
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_systemd_reads(text in "[^\\x00]*|[%$\\\\\"' \n\ta-z{}-]*") {
            let unit = sample::boot(&text).systemd().unwrap();
            let words: Vec<String> =
                read(value(&unit, "ExecStart")).iter().map(|word| argument(word)).collect();
            prop_assert_eq!(words, sample::words(&text));
            prop_assert_eq!(read(value(&unit, "Environment")), [format!("PATH={text}")]);
        }
    }

    #[test]
    fn what_systemd_takes_for_its_own_is_escaped() {
        let unit = sample::boot("100% \"mine\" $HOME\\\n").systemd().unwrap();
        let written = r#""/bin/echo" "down" "--root" "100%% \"mine\" $$HOME\\\x0a" "duck""#;
        assert!(value(&unit, "ExecStop").starts_with(written), "{unit}");
        assert_eq!(value(&unit, "Environment"), r#""PATH=100%% \"mine\" $HOME\\\x0a""#);
        for path in ["/a\"b", "/a'b", "/a\\b", "/a\nb"] {
            let boot = Boot { program: path.into(), ..sample::boot("") };
            assert_eq!(boot.systemd(), Err(BootError::Program { path: path.to_owned() }));
        }
    }

    /// systemd itself reads the unit, on machines that have it.
    #[test]
    fn systemd_has_nothing_to_say_against_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path()).unwrap();
        let program = path.join("100% $HOME ${mine} ü;");
        fs::write(&program, "#!/bin/sh\n").unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
        let text = "50% %h %% $x $$ ${y} \"z\" 'w' \\n; # ü\t";
        let boot = Boot { program, ..sample::boot(text) };
        let file = boot.systemd_path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, boot.systemd().unwrap()).unwrap();
        let asked = Command::new("systemd-analyze")
            .args(["verify", "--user", "--man=no", file.as_str()])
            .env("XDG_RUNTIME_DIR", path)
            .output();
        let Ok(said) = asked else {
            eprintln!("there is no systemd-analyze here to ask");
            return;
        };
        let errors = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success() && errors.is_empty(), "{errors}");
    }
}
