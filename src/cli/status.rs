//! `status`: agents as units with their services.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::operate::Connection;
use super::{Failure, Resolver, Units, output, progress};
use crate::operations::{AppStatus, OperationError, State, Status, Target, Watch};

#[derive(Debug, Args)]
pub(super) struct StatusCommand {
    /// Look again every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2",
          value_parser = clap::value_parser!(u64).range(1..))]
    watch: Option<u64>,

    /// Exit with 2 when something does not run as it is written
    #[arg(long)]
    detailed_exitcode: bool,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    units: Units,
}

impl StatusCommand {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        let target = resolver.target(&self.units)?;
        let pm2 = match self.connection.pm2(&target) {
            Ok(pm2) => pm2,
            Err(error) => return Ok(self.connection.failed(&OperationError::from(error))),
        };
        let mut watch = Watch::new(&pm2, &target);
        let redraws = self.watch.is_some() && std::io::stdout().is_terminal();
        loop {
            let status = match watch.look() {
                Ok(status) => status,
                Err(error) => return Ok(self.connection.failed(&error)),
            };
            if self.connection.is_json() {
                progress::json(&status);
            } else {
                let table = written(&status, &target);
                output::styled(&if redraws { over_the_last(&table) } else { table })?;
            }
            match self.watch {
                Some(seconds) => thread::sleep(Duration::from_secs(seconds)),
                None if self.detailed_exitcode && !status.is_well() => {
                    return Ok(ExitCode::from(super::operate::exit::SOMETHING_TO_DO));
                }
                None => return Ok(ExitCode::SUCCESS),
            }
        }
    }
}

/// A table that is written over the one before: the cursor goes home, the rest of each line and of
/// the screen is cleared.
fn over_the_last(table: &str) -> String {
    format!("\x1b[H{}\x1b[J", table.replace('\n', "\x1b[K\n"))
}

/// A line of the table.
struct Row {
    name: String,
    state: String,
    style: Style,
    ready: &'static str,
    pid: String,
    uptime: String,
    restarts: String,
    cpu: String,
    memory: String,
}

fn written(status: &Status, target: &Target) -> String {
    let rows = rows(status);
    let mut text = String::new();
    if !status.daemon {
        text.push_str("no PM2 daemon runs here: `up` starts one\n");
    }
    let widths = [
        width(&rows, |row| &row.name, "unit"),
        width(&rows, |row| &row.state, "state"),
        "ready".len(),
        width(&rows, |row| &row.pid, "pid"),
        width(&rows, |row| &row.uptime, "up"),
        width(&rows, |row| &row.restarts, "restarts"),
        width(&rows, |row| &row.cpu, "cpu"),
        width(&rows, |row| &row.memory, "memory"),
    ];
    let head = Row {
        name: "unit".into(),
        state: "state".into(),
        style: Style::new(),
        ready: "ready",
        pid: "pid".into(),
        uptime: "up".into(),
        restarts: "restarts".into(),
        cpu: "cpu".into(),
        memory: "memory".into(),
    };
    for row in std::iter::once(&head).chain(&rows) {
        text.push_str(&line(row, widths));
    }
    for external in &status.externals {
        let state = match external.ready {
            Some(true) => "there",
            Some(false) => "absent",
            None => "not probed",
        };
        let _ = writeln!(text, "external {}: {state}", external.external);
        let hint =
            target.system().external(&external.external).and_then(|known| known.hint.as_ref());
        if let (Some(false), Some(hint)) = (external.ready, hint) {
            let _ = writeln!(text, "  help: {hint}");
        }
    }
    for app in status.apps.iter().filter(|app| !app.drift.is_empty()) {
        let _ = writeln!(
            text,
            "{}: runs with an older definition; `up` gives it the present one",
            app.app
        );
        for field in &app.drift {
            let _ = writeln!(text, "    {field}");
        }
    }
    for note in &status.notes {
        let _ = writeln!(text, "{note}");
    }
    text
}

fn width(rows: &[Row], cell: impl Fn(&Row) -> &String, head: &str) -> usize {
    let widest = rows.iter().map(|row| cell(row).chars().count()).max();
    widest.unwrap_or(0).max(head.len())
}

fn line(row: &Row, [name, state, ready, pid, up, restarts, cpu, memory]: [usize; 8]) -> String {
    let style = row.style;
    let line = format!(
        "{:name$}  {style}{:state$}{style:#}  {:ready$}  {:>pid$}  {:>up$}  {:>restarts$}  {:>cpu$}  {:>memory$}",
        row.name, row.state, row.ready, row.pid, row.uptime, row.restarts, row.cpu, row.memory
    );
    format!("{}\n", line.trim_end())
}

/// The rows: services by themselves, and agents with theirs below them.
fn rows(status: &Status) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for app in &status.apps {
        let Some(agent) = &app.agent else {
            rows.push(service(app, &app.app));
            continue;
        };
        if told.contains(&agent.as_str()) {
            continue;
        }
        told.push(agent);
        let own: Vec<&AppStatus> =
            status.apps.iter().filter(|other| other.agent.as_ref() == Some(agent)).collect();
        rows.push(sum(agent, &own));
        rows.extend(own.iter().map(|app| service(app, &format!("  {}", app.short_name))));
    }
    rows
}

fn sum(agent: &str, services: &[&AppStatus]) -> Row {
    let online = services.iter().filter(|app| app.state == State::Online).count();
    let all = online == services.len();
    Row {
        name: agent.to_owned(),
        state: format!("{online}/{} online", services.len()),
        style: colour(if all { AnsiColor::Green } else { AnsiColor::Yellow }),
        ready: "",
        pid: String::new(),
        uptime: String::new(),
        restarts: services.iter().map(|app| app.restarts).sum::<u64>().to_string(),
        cpu: format!("{:.0}%", services.iter().fold(0.0, |sum, app| sum + app.cpu)),
        memory: size(services.iter().map(|app| app.memory).sum()),
    }
}

fn service(app: &AppStatus, name: &str) -> Row {
    let (state, shade) = match &app.state {
        State::Online if !app.drift.is_empty() => ("online, drift".to_owned(), AnsiColor::Yellow),
        State::Online => ("online".to_owned(), AnsiColor::Green),
        State::Completed => ("completed".to_owned(), AnsiColor::Green),
        State::NotStarted => ("not started".to_owned(), AnsiColor::Green),
        State::Absent => ("not running".to_owned(), AnsiColor::Red),
        State::Down { what } => (what.clone(), AnsiColor::Red),
        State::Orphaned => ("orphaned".to_owned(), AnsiColor::Red),
        State::Foreign => ("not ours".to_owned(), AnsiColor::Red),
        State::NoLongerWritten => ("no longer written".to_owned(), AnsiColor::Yellow),
    };
    let runs = !app.pids.is_empty();
    let if_runs = |text: String| if runs { text } else { String::new() };
    Row {
        name: name.to_owned(),
        state,
        style: colour(shade),
        ready: app.ready.map_or("", |ready| if ready { "yes" } else { "no" }),
        pid: match app.pids.as_slice() {
            [first, _, ..] => format!("{first}+{}", app.pids.len() - 1),
            [one] => one.to_string(),
            [] => String::new(),
        },
        uptime: app.uptime.map_or(String::new(), duration),
        restarts: if matches!(app.state, State::Absent | State::Orphaned) {
            String::new()
        } else {
            app.restarts.to_string()
        },
        cpu: if_runs(format!("{:.0}%", app.cpu)),
        memory: if_runs(size(app.memory)),
    }
}

fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

/// `3d 4h`, `2h 5m`, `12m`, `40s`
fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, minutes) => format!("{hours}h {}m", minutes % 60),
        (days, hours, _) => format!("{days}d {}h", hours % 24),
    }
}

/// Bytes in mebibytes.
fn size(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_short() {
        let told = [59, 60, 3_599, 3_600, 7_500, 86_400, 273_600].map(duration);
        assert_eq!(told, ["59s", "1m", "59m", "1h 0m", "2h 5m", "1d 0h", "3d 4h"]);
        assert_eq!([0, 1, 50_331_648].map(size), ["0 MiB", "1 MiB", "48 MiB"]);
    }
}
