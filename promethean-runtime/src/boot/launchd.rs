//! The agent for macOS's launchd.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Boot, BootError, MARK};

impl Boot {
    /// Where launchd looks for the agent, in this home directory.
    #[must_use]
    pub fn launchd_path(&self, home: &Utf8Path) -> Utf8PathBuf {
        home.join("Library/LaunchAgents").join(format!("{}.plist", self.unit()))
    }

    /// The agent for macOS's launchd: launchd.plist(5). `AbandonProcessGroup` lets PM2's daemon stay
    /// when `up` has ended, and the embedded engine end in order when `run` was killed. What the system
    /// needs may come up later than it, so that the command is run again, every half a minute, until it
    /// succeeds.
    ///
    /// # Errors
    ///
    /// XML cannot hold a character.
    pub fn launchd(&self) -> Result<String, BootError> {
        let mut arguments = String::new();
        for word in self.line(self.keeper.commands().0) {
            let _ = writeln!(arguments, "    <string>{}</string>", xml(word)?);
        }
        let mut variables = String::new();
        for (name, value) in &self.environment {
            let _ = writeln!(variables, "    <key>{}</key>", xml(name)?);
            let _ = writeln!(variables, "    <string>{}</string>", xml(value)?);
        }
        Ok(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
             <!-- {MARK}{}\n-->\n\
             <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{}</string>\n  \
             <key>RunAtLoad</key>\n  <true/>\n  <key>KeepAlive</key>\n  <dict>\n    \
             <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n  <key>ThrottleInterval</key>\n  \
             <integer>30</integer>\n  <key>AbandonProcessGroup</key>\n  <true/>\n  \
             <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n  \
             <key>EnvironmentVariables</key>\n  <dict>\n{variables}  </dict>\n</dict>\n</plist>\n",
            self.mark(),
            self.unit(),
        ))
    }
}

/// A text as XML writes it. Of control characters it has three.
fn xml(text: &str) -> Result<String, BootError> {
    let is_foreign = |letter: char| {
        letter < ' ' && !"\t\n\r".contains(letter) || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(is_foreign) {
        return Err(BootError::Character { text: text.to_owned() });
    }
    // A return that is not written as a number is read as the end of a line.
    let escapes = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")];
    Ok(escapes.iter().fold(text.to_owned(), |text, (plain, escaped)| text.replace(plain, escaped)))
}
