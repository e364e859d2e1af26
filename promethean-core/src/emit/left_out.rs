//! What a configuration cannot hold: without code, secrets and what is read from the environment; and
//! whatever PM2 cannot do.

use std::collections::BTreeMap;
use std::fmt;

use crate::app::{App, System};
use crate::kind::RESTARTS;
use crate::pm2::KILL_SIGNAL;

/// The variables that JSON and YAML leave out, each with the apps it is left out of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Variables with a secret in them.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// Variables that are inherited.
    pub inherited: BTreeMap<String, Vec<String>>,
    /// Files whose variables are left out.
    pub env_files: BTreeMap<String, Vec<String>>,
    /// What PM2 cannot do.
    pub beyond: BTreeMap<String, Vec<String>>,
    /// The apps that are started only at their times: PM2 never starts them.
    pub only_times: Vec<String>,
}

impl LeftOut {
    /// What a configuration of this system leaves out; with revealed secrets only what is
    /// inherited.
    #[must_use]
    pub fn of(system: &System, secrets_revealed: bool) -> LeftOut {
        let mut left_out = LeftOut::default();
        let note = |noted: &mut BTreeMap<String, Vec<String>>, key: &str, app: &App| {
            noted.entry(key.to_owned()).or_default().push(app.name.to_string());
        };
        for app in &system.apps {
            left_out.add_beyond(app);
            for (key, variable) in app.env.read() {
                // What can be either is left out as a secret, and of revealed ones as inherited.
                if variable.reads_secrets() && !secrets_revealed {
                    note(&mut left_out.secrets, key, app);
                } else if variable.reads_inherited() {
                    note(&mut left_out.inherited, key, app);
                }
            }
            for file in app.env_files.iter().filter(|_| !secrets_revealed) {
                note(&mut left_out.env_files, file.path.as_str(), app);
            }
        }
        left_out
    }

    /// What every configuration of PM2 leaves out, because PM2 cannot do it.
    #[must_use]
    pub fn beyond(system: &System) -> LeftOut {
        let mut left_out = LeftOut::default();
        system.apps.iter().for_each(|app| left_out.add_beyond(app));
        left_out
    }

    fn add_beyond(&mut self, app: &App) {
        for word in beyond_pm2(app) {
            self.beyond.entry(word.to_owned()).or_default().push(app.name.to_string());
        }
        if app.only_times().is_some() {
            self.only_times.push(app.name.to_string());
        }
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == LeftOut::default()
    }
}

/// One line for each variable and file, and what to do about it.
impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, apps) in &self.secrets {
            writeln!(formatter, "left out: {key} of {}, which holds a secret", named(apps))?;
        }
        for (path, apps) in &self.env_files {
            writeln!(formatter, "left out: the variables in {path} of {}", named(apps))?;
        }
        for (key, apps) in &self.inherited {
            writeln!(
                formatter,
                "left out: {key}, which {} inherit{}",
                named(apps),
                if apps.len() == 1 { "s" } else { "" }
            )?;
        }
        for (word, apps) in &self.beyond {
            writeln!(formatter, "left out: {word} of {}, which PM2 cannot do", named(apps))?;
        }
        if !self.only_times.is_empty() {
            let apps = named(&self.only_times);
            writeln!(
                formatter,
                "no effect: cron_restart of {apps}, which PM2 never starts, as `autostart false` says"
            )?;
        }
        let by_code = [&self.secrets, &self.env_files, &self.inherited];
        if by_code.iter().any(|left_out| !left_out.is_empty()) {
            write!(
                formatter,
                "  help: `--format js` writes a configuration that reads them when PM2 loads it"
            )?;
            if !self.secrets.is_empty() || !self.env_files.is_empty() {
                write!(formatter, "; `--reveal-secrets` writes the secrets in the clear")?;
            }
        }
        Ok(())
    }
}

/// What an app asks for that PM2 cannot do for one app, by the words that it is written with: a signal
/// that is not PM2's own, `rotate`, `alive`, and `restarts` of a dependency.
pub(super) fn beyond_pm2(app: &App) -> impl Iterator<Item = &'static str> {
    let asked = [
        ("kill_signal", app.kill_signal.is_some_and(|signal| signal != KILL_SIGNAL)),
        ("rotate", app.rotation.is_some()),
        ("alive", app.alive.is_some()),
        (RESTARTS, app.depends_on.iter().any(|dependency| dependency.restarts)),
    ];
    asked.into_iter().filter(|(_, is_asked)| *is_asked).map(|(word, _)| word)
}

/// `a`, `a and b`, `a and 5 others`
fn named(apps: &[String]) -> String {
    match apps {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [first, rest @ ..] => format!("{first} and {} others", rest.len()),
    }
}
