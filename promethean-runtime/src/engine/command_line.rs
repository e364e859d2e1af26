//! The program of an app, its arguments, and what tells its processes apart.

use promethean_core::app::{App, Interpreter};
use promethean_core::attribute::Setting;

/// What is run, as PM2 runs it: a script is a path, and Node shows the lines of the sources.
#[must_use]
pub fn command_line(app: &App) -> Vec<String> {
    let program = &app.program;
    let absolute = |path: &str| app.absolute(path).into_string();
    let mut command = Vec::new();
    match &program.interpreter {
        Interpreter::None => command.push(program_of(app)),
        Interpreter::Node => command.push("node".to_owned()),
        Interpreter::Program(interpreter) if interpreter.contains('/') => {
            command.push(absolute(interpreter));
        }
        Interpreter::Program(interpreter) => command.push(interpreter.to_string()),
    }
    if program.interpreter != Interpreter::None {
        let is = |name: &str, value| app.setting(name) == Some(&Setting::Boolean(value));
        let shows_sources =
            !is("disable_source_map_support", true) && !is("source_map_support", false);
        if shows_sources && command.iter().all(|program| program.ends_with("node")) {
            command.push("--enable-source-maps".to_owned());
        }
        command.extend(program.interpreter_args.iter().map(ToString::to_string));
        command.push(absolute(&program.script));
    }
    command.extend(program.args.iter().map(ToString::to_string));
    command
}

/// A program that runs by itself: a path, or a name on PATH.
fn program_of(app: &App) -> String {
    let script = &app.program.script;
    let here = || app.absolute(script.as_str()).into_string();
    if script.contains('/') {
        return here();
    }
    let found = which::which_in(script, std::env::var_os("PATH"), &app.directory).ok();
    found.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(here)
}

/// The variable that holds the number of a process among those of its app: `instance_var`.
#[must_use]
pub fn instance_var(app: &App) -> &str {
    let written = app.setting("instance_var").and_then(Setting::as_text);
    written.unwrap_or("NODE_APP_INSTANCE")
}

/// The variables that tell a process from the others of its app, as PM2 sets them (`God.injectVariables` and
/// `God.executeApp` in `lib/God.js`). `number` is the variable of [`instance_var`], and keeps the value that its
/// definition has `written`; `counter` is that of `increment_var`, which counts up from it. What is no number counts
/// from 0.
#[must_use]
pub fn of_instance<'v>(
    instance: u64,
    number: &str,
    counter: Option<&str>,
    written: impl Fn(&str) -> Option<&'v str>,
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    if written(number).is_none() {
        variables.push((number.to_owned(), instance.to_string()));
    }
    if let Some(counter) = counter {
        let first = written(counter).and_then(|value| value.trim().parse::<u64>().ok());
        let value = first.unwrap_or(0).saturating_add(instance);
        variables.push((counter.to_owned(), value.to_string()));
    }
    variables
}
