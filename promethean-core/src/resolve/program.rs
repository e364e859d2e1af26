//! What runs: from the kind of a service and its runner to a program and its arguments.

use smol_str::{SmolStr, format_smolstr};

use crate::app::Program;
use crate::declaration::Kind;
use crate::problem::Fault;
use crate::runner::Runner;

/// What is given of a service's program, with all placeholders filled in.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) runner: Option<Runner>,
    pub(super) module: Option<SmolStr>,
    pub(super) entry: Option<SmolStr>,
    pub(super) run: Vec<SmolStr>,
    pub(super) args: Vec<SmolStr>,
    pub(super) interpreter: Option<SmolStr>,
    pub(super) interpreter_args: Vec<SmolStr>,
}

/// The Python that `runner system` means.
const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// The directory of a virtual environment that its programs are in.
const VENV_PROGRAMS: &str = if cfg!(windows) { "Scripts" } else { "bin" };

impl Given {
    /// The program of a service of this kind.
    ///
    /// # Errors
    ///
    /// A script or `npm` without anything to run.
    pub(super) fn program(self, kind: Kind) -> Result<Program, Fault> {
        let runner = self.runner.clone().unwrap_or_else(|| Runner::default_of(kind));
        match kind {
            Kind::Python => Ok(self.python(&runner)),
            Kind::Node => self.node(&runner),
            Kind::Script => self.script(),
        }
    }

    fn python(self, runner: &Runner) -> Program {
        let module = self.module.unwrap_or_else(|| "main".into());
        let mut line: Vec<SmolStr> = match runner {
            Runner::Uv => vec!["uv".into(), "run".into()],
            Runner::Poetry => vec!["poetry".into(), "run".into()],
            Runner::System | Runner::Venv(_) => Vec::new(),
            _ => vec!["pipenv".into(), "run".into()],
        };
        let in_venv = |program: &str| match runner {
            Runner::Venv(directory) => {
                format_smolstr!("{}/{VENV_PROGRAMS}/{program}", directory.trim_end_matches('/'))
            }
            _ => program.into(),
        };
        match self.run.split_first() {
            Some((program, args)) => {
                line.push(in_venv(program));
                line.extend_from_slice(args);
            }
            None => {
                let python = if *runner == Runner::System { PYTHON } else { "python" };
                line.extend([in_venv(python), "-m".into(), module]);
            }
        }
        line.extend(self.args);
        by_itself(line)
    }

    fn node(mut self, runner: &Runner) -> Result<Program, Fault> {
        if *runner == Runner::Npm {
            if self.run.is_empty() {
                return Err(Fault::NodeRun { npm: true });
            }
            let mut line = vec!["npm".into(), "run".into()];
            line.append(&mut self.run);
            if !self.args.is_empty() {
                // npm takes what stands before `--` for its own.
                line.push("--".into());
                line.append(&mut self.args);
            }
            return Ok(by_itself(line));
        }
        if !self.run.is_empty() {
            return Err(Fault::NodeRun { npm: false });
        }
        let bun = || (*runner == Runner::Bun).then(|| "bun".into());
        Ok(Program {
            script: self.entry.unwrap_or_else(|| ".".into()),
            args: self.args,
            interpreter: self.interpreter.or_else(bun),
            interpreter_args: self.interpreter_args,
        })
    }

    fn script(self) -> Result<Program, Fault> {
        let mut line = self.run;
        if line.is_empty() {
            return Err(Fault::ScriptWithoutRun);
        }
        line.extend(self.args);
        let program = by_itself(line);
        Ok(Program {
            interpreter: self.interpreter.or(program.interpreter),
            interpreter_args: self.interpreter_args,
            ..program
        })
    }
}

/// A program that needs no interpreter, which PM2 must be told: it takes every executable that is
/// no binary for JavaScript.
fn by_itself(mut line: Vec<SmolStr>) -> Program {
    let args = line.split_off(1.min(line.len()));
    Program {
        script: line.pop().unwrap_or_default(),
        args,
        interpreter: Some(Program::NO_INTERPRETER.into()),
        interpreter_args: Vec::new(),
    }
}
