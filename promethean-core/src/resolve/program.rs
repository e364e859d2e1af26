//! What runs: from the kind of a service and its runner to a program and its arguments.

use smol_str::{SmolStr, format_smolstr};

use crate::app::{Interpreter, Program};
use crate::kind::{Kind, Runner};
use crate::problem::Fault;

/// What is given of a service's program, with all placeholders filled in.
#[derive(Debug, Default)]
pub(super) struct ProgramParts {
    pub(super) runner: Option<Runner>,
    /// The directory of the virtual environment.
    pub(super) venv: Option<SmolStr>,
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

impl ProgramParts {
    /// The program of a service of this kind.
    ///
    /// # Errors
    ///
    /// A script or `npm` without anything to run.
    pub(super) fn program(self, kind: Kind) -> Result<Program, Fault> {
        let runner = self.runner.unwrap_or_else(|| Runner::default_of(kind));
        match kind {
            Kind::Python => Ok(self.python(runner)),
            Kind::Node => self.node(runner),
            Kind::Script => self.script(),
        }
    }

    fn python(self, runner: Runner) -> Program {
        let module = self.module.unwrap_or_else(|| "main".into());
        let mut line = command(runner);
        let in_venv = |program: &str| match &self.venv {
            Some(directory) => {
                format_smolstr!("{}/{VENV_PROGRAMS}/{program}", directory.trim_end_matches('/'))
            }
            None => program.into(),
        };
        match self.run.split_first() {
            Some((program, args)) => {
                line.push(in_venv(program));
                line.extend_from_slice(args);
            }
            None => {
                let python = if runner == Runner::System { PYTHON } else { "python" };
                line.extend([in_venv(python), "-m".into(), module]);
            }
        }
        line.extend(self.args);
        by_itself(line)
    }

    fn node(mut self, runner: Runner) -> Result<Program, Fault> {
        if runner == Runner::Npm {
            if self.run.is_empty() {
                return Err(Fault::NodeRun { npm: true, instead: None });
            }
            let mut line = command(runner);
            line.append(&mut self.run);
            if !self.args.is_empty() {
                // npm takes what stands before `--` for its own.
                line.push("--".into());
                line.append(&mut self.args);
            }
            return Ok(by_itself(line));
        }
        if !self.run.is_empty() {
            return Err(Fault::NodeRun { npm: false, instead: None });
        }
        let interpreter = match (self.interpreter, runner) {
            (Some(interpreter), _) => Interpreter::of(interpreter),
            (None, Runner::Bun) => Interpreter::Program(Runner::Bun.word().into()),
            (None, _) => Interpreter::Node,
        };
        Ok(Program {
            script: self.entry.unwrap_or_else(|| ".".into()),
            args: self.args,
            interpreter,
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
            interpreter: self.interpreter.map_or(program.interpreter, Interpreter::of),
            interpreter_args: self.interpreter_args,
            ..program
        })
    }
}

/// What a runner puts before what runs.
fn command(runner: Runner) -> Vec<SmolStr> {
    runner.command().iter().map(|word| SmolStr::new_static(word)).collect()
}

/// A program that needs no interpreter.
fn by_itself(mut line: Vec<SmolStr>) -> Program {
    let args = line.split_off(1.min(line.len()));
    Program {
        script: line.pop().unwrap_or_default(),
        args,
        interpreter: Interpreter::None,
        interpreter_args: Vec::new(),
    }
}
