//! Apps as processes of their own, without PM2.

use std::process::Command;

use crate::app::{App, Variable};
use crate::secrets::Environment;

impl App {
    /// The command that runs the app: its program, arguments, directory and environment.
    ///
    /// The process inherits the environment of this one, and gets all variables that are written
    /// out or inherited. Secrets that are read from files are not among them, for reading them can
    /// fail; [`App::command_in`] takes an environment that has them.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = self.bare_command();
        for (key, variable) in &self.env {
            match variable {
                Variable::Plain(text) => {
                    command.env(key, text);
                }
                Variable::Inherited { from, or } => {
                    let value = std::env::var_os(from).or_else(|| or.as_ref().map(Into::into));
                    if let Some(value) = value {
                        command.env(key, value);
                    }
                }
                Variable::Secret(_) => {}
            }
        }
        self.set_port(&mut command);
        command
    }

    /// The command that runs the app with the environment that was read for it.
    #[must_use]
    pub fn command_in(&self, environment: &Environment) -> Command {
        let mut command = self.bare_command();
        command.envs(environment.iter());
        self.set_port(&mut command);
        command
    }

    /// PM2 does the same (`prepareAppConf` in `lib/Common.js`).
    fn set_port(&self, command: &mut Command) {
        if let Some(port) = self.port() {
            command.env("PORT", port.to_string());
        }
    }

    fn bare_command(&self) -> Command {
        let line = self.program.command_line();
        let (program, args) = line.split_first().unwrap_or((&"", &[]));
        // Where a relative program is looked for depends on the platform; an absolute one does not.
        let program = match program.contains('/') {
            true => self.absolute(program).into_string(),
            false => (*program).to_owned(),
        };
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.directory);
        command
    }
}
