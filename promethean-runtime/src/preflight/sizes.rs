//! Whether the system can hand a process its variables and arguments. PM2 finds out when it has
//! ended the old process already.

use promethean_core::app::App;
use promethean_core::foreign::Foreign;
use promethean_core::secrets::Reader;

use super::{Circumstances, Report, Topic};
use crate::engine::{Exceeded, Launch};

/// What PM2 and `env` add to a process's variables and arguments, in bytes.
const ADDED: usize = 16 * 1024;

pub(super) fn check(
    app: &App,
    reader: &Reader,
    circumstances: &Circumstances,
    report: &mut Report,
) {
    // What cannot be read is reported separately.
    let (variables, _) = reader.readable(app);
    let base =
        circumstances.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let variables: Vec<(&str, &str)> = base.chain(variables.iter()).collect();
    let arguments = app.program.command_line();
    let longest = longest_text();
    each_text(app, &variables, &arguments, longest, report);
    let launch = Launch {
        engine: circumstances.engine,
        app,
        path: &circumstances.path,
        variables: &variables,
        longest,
    };
    for limit in circumstances.limits {
        if let Some(Exceeded { message, help }) = (limit.check)(&launch) {
            report.failure(limit.kind, &app.name, message, &help);
        }
    }
    let variables = variables.iter().map(|(name, value)| name.len() + value.len() + 1);
    let arguments = arguments.iter().map(|argument| argument.len());
    // Each text ends with a NUL, and a pointer leads to it.
    let all: usize = variables.chain(arguments).map(|length| length + 1 + size_of::<usize>()).sum();
    let most = most_in_all();
    if all > most.saturating_sub(ADDED) {
        let message = format!(
            "its variables and arguments come to {all} bytes, with the engine's own to more than the \
             {most} that the system hands to a process"
        );
        let help = "put the largest in a file, and pass its path";
        report.failure(Topic::Size, &app.name, message, help);
    }
}

/// A variable is counted with its name and `=`, and each text with the NUL that ends it.
fn each_text(
    app: &App,
    variables: &[(&str, &str)],
    arguments: &[&str],
    longest: usize,
    report: &mut Report,
) {
    let help = "put it in a file, and pass its path";
    for (name, value) in variables {
        let length = name.len() + value.len() + 2;
        if length > longest {
            let message = format!(
                "the variable {} is too long: with its name it has {length} bytes, and the \
                 system hands at most {longest} to a process",
                shown(name)
            );
            report.failure(Topic::Size, &app.name, message, help);
        }
    }
    for argument in arguments {
        let length = argument.len() + 1;
        if length > longest {
            let message = format!(
                "an argument is too long: it has {length} bytes, and the system hands at most \
                 {longest} to a process"
            );
            report.failure(Topic::Size, &app.name, message, help);
        }
    }
}

/// A name that leaves room for the rest of a message: a whole file can be one.
fn shown(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut characters = name.chars();
    let shown: String = characters.by_ref().take(LONGEST).collect();
    let end = characters.next().map_or("", |_| "…");
    format!("{}{end}", Foreign(shown))
}

/// The longest text that the system hands to a process: `MAX_ARG_STRLEN`, 32 pages (execve(2)). No
/// other system has such a limit.
fn longest_text() -> usize {
    #[cfg(target_os = "linux")]
    {
        32 * rustix::param::page_size()
    }
    #[cfg(not(target_os = "linux"))]
    {
        usize::MAX
    }
}

/// How much it hands over in all: on Linux a quarter of the stack's limit, at least 128 KiB and at
/// most 6 MiB (execve(2)); 1 MiB on macOS (`ARG_MAX`).
fn most_in_all() -> usize {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, getrlimit};
        let most = 6 * 1024 * 1024;
        let stack = getrlimit(Resource::Stack).current;
        let quarter = stack.and_then(|stack| usize::try_from(stack / 4).ok()).unwrap_or(most);
        quarter.clamp(128 * 1024, most)
    }
    #[cfg(target_os = "macos")]
    {
        1024 * 1024
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        usize::MAX
    }
}
