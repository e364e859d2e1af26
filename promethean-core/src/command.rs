//! Apps as processes of their own, without PM2.

use std::ffi::OsString;
use std::process::Command;

use crate::app::{App, SourcePiece, SourceText, Variable};
use crate::endpoint::PORT;
use crate::secrets::Environment;

impl App {
    /// The command that runs the app: its program, arguments, directory and environment.
    ///
    /// The process inherits the environment of this one, and gets all variables that are written
    /// out or inherited. Those that read secrets are not among them, as reading files can fail;
    /// [`App::command_in`] takes an environment that has them.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = self.bare_command();
        for (key, variable) in &self.env {
            match variable {
                Variable::Plain(text) => {
                    command.env(key, text);
                }
                Variable::Read(_) if variable.reads_secrets() => {}
                Variable::Read(sources) => {
                    match sources.in_order.iter().find_map(inherited) {
                        Some(value) => command.env(key, value),
                        None if sources.or_unset => command.env_remove(key),
                        None => &mut command,
                    };
                }
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
        // What is left out is not that of this process.
        for (key, variable) in &self.env {
            if matches!(variable, Variable::Read(_)) && environment.get(key).is_none() {
                command.env_remove(key);
            }
        }
        self.set_port(&mut command);
        command
    }

    /// PM2 does the same (`prepareAppConf` in `lib/Common.js`).
    fn set_port(&self, command: &mut Command) {
        if let Some(port) = self.port() {
            command.env(PORT, port.to_string());
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

/// A source that reads no secrets, if it is there.
fn inherited(source: &SourceText) -> Option<OsString> {
    let mut value = OsString::new();
    for piece in &source.0 {
        match piece {
            SourcePiece::Literal(text) => value.push(text.as_str()),
            SourcePiece::Inherited(name) => value.push(std::env::var_os(name)?),
            SourcePiece::Secret(_) => return None,
        }
    }
    Some(value)
}
