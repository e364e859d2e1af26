//! A terminal: tmux, with a server of its own.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// What tmux is told before a program runs: nothing but the program is on the screen, and what it has
/// left there can be read when it has ended.
const SETTINGS: &str = "set -g status off\nset -g remain-on-exit on\nset -g remain-on-exit-format ''\n\
                        set -g default-terminal screen-256color\nset -s escape-time 0\n";

/// How long a screen is waited for.
const LIMIT: Duration = Duration::from_secs(180);

/// A terminal in which a program runs. All ends with this value.
#[derive(Debug)]
pub struct Tmux {
    directory: tempfile::TempDir,
}

impl Tmux {
    /// Runs a program in a terminal of this size.
    ///
    /// # Panics
    ///
    /// When tmux is not installed, or does not start.
    #[must_use]
    pub fn run(command: &Command, width: u16, height: u16) -> Tmux {
        let directory = tempfile::Builder::new().prefix("tmux-").tempdir();
        let tmux = Tmux { directory: directory.expect("a temporary directory") };
        let settings = tmux.directory.path().join("tmux.conf");
        std::fs::write(&settings, SETTINGS).expect("a file can be written");
        let mut start = tmux.command(&["new-session", "-d"]);
        start.args(["-x", &width.to_string(), "-y", &height.to_string()]);
        if let Some(directory) = command.get_current_dir() {
            start.arg("-c").arg(directory);
        }
        // A shell sets what tmux itself may set otherwise, and ends what is not to be seen.
        start.args(["--", "env", "-u", "TMUX", "-u", "TMUX_PANE", "-u", "NO_COLOR"]);
        let variables = || {
            command.get_envs().map(|(name, value)| {
                (name.to_str().expect("UTF-8"), value.map(|value| value.to_str().expect("UTF-8")))
            })
        };
        for (name, _) in variables().filter(|(_, value)| value.is_none()) {
            start.args(["-u", name]);
        }
        for (name, value) in variables() {
            start.args(value.map(|value| format!("{name}={value}")));
        }
        // tmux itself misses now and then that its program has ended.
        start.args(["sh", "-c", "trap : INT; \"$@\"; echo $? > \"$0\""]).arg(tmux.end());
        start.arg(command.get_program()).args(command.get_args());
        succeeded(&mut start);
        tmux
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.directory.path().join("socket"));
        command.arg("-f").arg(self.directory.path().join("tmux.conf")).args(arguments);
        command.env("LC_ALL", "C.UTF-8").env_remove("TMUX");
        command
    }

    /// Presses keys, by the names that tmux has for them: `Down`, `Enter`, `C-c`, `x`.
    ///
    /// # Panics
    ///
    /// When the terminal is gone.
    pub fn press(&self, keys: &[&str]) {
        succeeded(self.command(&["send-keys", "--"]).args(keys));
    }

    /// What is on the screen, without blanks at the ends of lines.
    ///
    /// # Panics
    ///
    /// When the terminal is gone.
    #[must_use]
    pub fn screen(&self) -> String {
        text(&succeeded(&mut self.command(&["capture-pane", "-p"])))
    }

    /// What is on the screen, with the escape sequences of colours.
    ///
    /// # Panics
    ///
    /// When the terminal is gone.
    #[must_use]
    pub fn painted(&self) -> String {
        text(&succeeded(&mut self.command(&["capture-pane", "-p", "-e"])))
    }

    /// What is on the screen and above it.
    ///
    /// # Panics
    ///
    /// When the terminal is gone.
    #[must_use]
    pub fn all(&self) -> String {
        text(&succeeded(&mut self.command(&["capture-pane", "-p", "-S", "-"])))
    }

    /// Gives the terminal another size.
    ///
    /// # Panics
    ///
    /// When the terminal is gone.
    pub fn resize(&self, width: u16, height: u16) {
        let (width, height) = (width.to_string(), height.to_string());
        succeeded(&mut self.command(&["resize-window", "-x", &width, "-y", &height]));
    }

    /// The exit code of the program; `None` while it runs.
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        std::fs::read_to_string(self.end()).ok()?.trim().parse().ok()
    }

    /// The file of its exit code.
    fn end(&self) -> PathBuf {
        self.directory.path().join("end")
    }

    /// The value of a variable that tmux has for its window: `mouse_any_flag`.
    ///
    /// # Panics
    ///
    /// When the terminal is gone.
    #[must_use]
    pub fn flag(&self, name: &str) -> String {
        let format = format!("#{{{name}}}");
        text(&succeeded(&mut self.command(&["display-message", "-p", &format]))).trim().to_owned()
    }

    /// Waits for a screen of which something is true, and returns it.
    ///
    /// # Panics
    ///
    /// When it does not come within minutes.
    #[track_caller]
    pub fn shows(&self, what: &str, is_true: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is_true(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < LIMIT, "not seen: {what}\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // The program gets SIGHUP, as from any terminal that is closed.
        let _ = self.command(&["kill-server"]).output();
    }
}

fn succeeded(command: &mut Command) -> Output {
    let output = command.output();
    let output = output.expect(
        "tmux is needed: install the package tmux (apt-get install tmux, brew install tmux)",
    );
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(str::trim_end).collect::<Vec<&str>>().join("\n")
}
