//! The ends of logs, which the machines have.

use std::io;

use dxr::Value;
use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::supvisors::process_names;

use super::server::Server;
use super::{Supvisors, SupvisorsError};
use crate::engine::EngineError;
use crate::logs::{Line, Pattern, Sink, Stream};

/// How much of a log is read at most.
const MOST: i32 = 1 << 20;

/// The bytes of a character after its first.
const CONTINUED: i32 = 3;

/// Which lines are wanted.
#[derive(Debug)]
pub struct Wanted<'w> {
    /// How many of each log, the newest; `None` for all.
    pub lines: Option<usize>,
    /// What they match.
    pub pattern: Option<&'w Pattern>,
    /// What of the units.
    pub stream: Option<Stream>,
}

/// Hands the last lines of the logs of apps to a sink: each log from the machine on which the app runs, or ran
/// last. Returns what is missing, and why.
///
/// # Errors
///
/// The machine that is asked does not answer any more, or the sink takes no more.
pub fn logs(
    engine: &Supvisors,
    apps: &[&App],
    wanted: &Wanted<'_>,
    sink: &mut dyn Sink,
) -> Result<Vec<Diagnostic>, LogsError> {
    let view = engine.look()?;
    let mut missing = Vec::new();
    for app in apps {
        for process in process_names(app) {
            let name = &process;
            let Some(last) = view.process(name).and_then(|seen| seen.last()) else {
                missing.push(Diagnostic::new(format!("{name} has not run yet")));
                continue;
            };
            let machine = last.machine.as_str();
            let Some(server) = engine.server_of(machine).filter(|_| view.has_machine(machine))
            else {
                let message = format!("{name} ran on {machine}, which is not there");
                missing.push(
                    Diagnostic::new(message).help("its log is read when the machine is back"),
                );
                continue;
            };
            for stream in [Stream::Out, Stream::Err] {
                let is_wanted = wanted.stream.is_none_or(|wanted| wanted == stream);
                if !is_wanted {
                    continue;
                }
                match engine.tail(&server, name, stream) {
                    Ok(Tail { text, is_cut }) => {
                        if is_cut && wanted.lines.is_none() {
                            let size = MOST >> 20;
                            let message = format!("{name}: only the last {size} MiB are shown");
                            missing.push(Diagnostic::new(message));
                        }
                        for line in chosen(&text, is_cut, wanted) {
                            let (app, text) = (process.clone(), line.to_owned());
                            let stamp = String::new();
                            sink.line(&Line { app, stream, text, time: None, stamp })?;
                        }
                    }
                    // One machine may be gone while the others go on.
                    Err(error) => missing.push(error.diagnostic()),
                }
            }
        }
    }
    // There is nothing to wait for, so that it does not matter whether more is wanted.
    let _ = sink.pause()?;
    Ok(missing)
}

/// The wanted lines of a text; the first of one that was cut is not whole.
fn chosen<'t>(text: &'t str, is_cut: bool, wanted: &Wanted<'_>) -> Vec<&'t str> {
    let all = text.lines().skip(usize::from(is_cut));
    let matching = all.filter(|line| wanted.pattern.is_none_or(|pattern| pattern.matches(line)));
    let matching: Vec<&str> = matching.collect();
    let first = matching.len().saturating_sub(wanted.lines.unwrap_or(usize::MAX));
    matching.get(first..).unwrap_or_default().to_vec()
}

/// The end of a log.
struct Tail {
    text: String,
    /// Whether there is more before it.
    is_cut: bool,
}

impl Supvisors {
    fn tail(&self, server: &Server, process: &str, stream: Stream) -> Result<Tail, SupvisorsError> {
        let method = match stream {
            Stream::Err => "supervisor.tailProcessStderrLog",
            Stream::Out | Stream::Combined => "supervisor.tailProcessStdoutLog",
        };
        let read = |length: i32| {
            let name = Value::String(self.full_name(process));
            server.call(method, vec![name, Value::Integer(0), Value::Integer(length)])
        };
        // Supervisor does not read what begins within a character.
        let mut answer = read(MOST);
        for less in 1..=CONTINUED {
            if !matches!(answer, Err(SupvisorsError::Unexpected { .. })) {
                break;
            }
            answer = read(MOST - less);
        }
        let answer = answer.map_err(|error| match error {
            SupvisorsError::Unexpected { server, .. } => SupvisorsError::Unexpected {
                server,
                reason: format!("the log of {process} is not UTF-8"),
            },
            other => other,
        })?;
        match answer {
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text), _, Value::Boolean(is_cut)] => {
                    Ok(Tail { text: text.clone(), is_cut: *is_cut })
                }
                _ => Err(server.not_understood(method)),
            },
            _ => Err(server.not_understood(method)),
        }
    }
}

/// Why logs are not read.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The machine that is asked does not answer any more.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The sink takes no more.
    #[error(transparent)]
    Sink(#[from] io::Error),
}

impl From<SupvisorsError> for LogsError {
    fn from(error: SupvisorsError) -> LogsError {
        LogsError::Engine(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_that_match_are_chosen() {
        let text = "st of a line\none\ntwo\nthree\n";
        let chosen = |lines, pattern: Option<&str>, is_cut| {
            let pattern = pattern.map(|pattern| Pattern::new(pattern, false).unwrap());
            let wanted = Wanted { lines, pattern: pattern.as_ref(), stream: None };
            chosen(text, is_cut, &wanted).join(" ")
        };
        assert_eq!(chosen(Some(2), None, true), "two three");
        assert_eq!(chosen(None, None, true), "one two three");
        assert_eq!(chosen(Some(1), Some("o"), true), "two");
        assert_eq!(chosen(Some(9), Some("^st"), false), "st of a line");
        assert_eq!(chosen(Some(0), None, false), "");
    }
}
