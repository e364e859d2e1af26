//! `logs`: what the apps say.

use std::collections::HashSet;
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::ops::ControlFlow;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::Args;
use indexmap::IndexMap;
use jiff::Timestamp;
use promethean_core::app::App;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::emit::supvisors::application;
#[cfg(unix)]
use promethean_core::foreign;
use promethean_core::foreign::Foreign;

use super::output;
use super::remote::{self, Remote};
use super::{Failure, Resolver, Units, engine, utf8};
use crate::logs::{self, Escapes, Line, Logs as Reader, Note, Pattern, Query, Sink, Stream};
use crate::operations::Target;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[command(after_help = "\
Logs are read without PM2, so this works when its daemon is not running. `--follow` ends with Ctrl-C \
(exit code 130 in a shell) or when its output is closed.")]
pub(super) struct Logs {
    /// Only these services and agents [default: all]
    #[arg(value_name = "UNIT")]
    units: Vec<String>,

    #[command(flatten)]
    engine: engine::Chosen,

    #[command(flatten)]
    server: engine::Asked,

    /// Keep printing new lines
    #[arg(long, short)]
    follow: bool,

    /// How many of the newest lines per log file, or `all` [default: 15, or all with --since]
    #[arg(long, short = 'n', value_name = "N", value_parser = lines)]
    lines: Option<Lines>,

    /// Only lines since a time (2026-11-23T12:00, UTC with Z) or a duration ago (10m, 2h, 1d)
    #[arg(long, value_name = "TIME", value_parser = logs::since)]
    since: Option<Timestamp>,

    /// Only lines whose text matches a regular expression
    #[arg(long, value_name = "REGEX")]
    grep: Option<String>,

    /// Ignore case in --grep
    #[arg(long, short, requires = "grep")]
    ignore_case: bool,

    /// Only standard output
    #[arg(long, conflicts_with = "err")]
    out: bool,

    /// Only standard error
    #[arg(long)]
    err: bool,

    /// Print each line as an object: app, stream, time, text
    #[arg(long)]
    json: bool,

    /// Omit app names
    #[arg(long, visible_alias = "raw", conflicts_with = "json")]
    no_prefix: bool,
}

/// How many lines; `None` for all.
#[derive(Clone, Copy, Debug)]
struct Lines(Option<usize>);

fn lines(written: &str) -> Result<Lines, String> {
    match written {
        "all" => Ok(Lines(None)),
        number => number
            .parse()
            .map(|lines| Lines(Some(lines)))
            .map_err(|_| "write a number of lines, or `all`".to_owned()),
    }
}

impl Logs {
    pub(super) fn run(self, resolver: &Resolver<'_>) -> Result<(), Failure> {
        let query = self.query()?;
        let units = Units { units: self.units.clone() };
        if let Some(remote) = remote::of(resolver, self.engine, &self.server, &units)? {
            return self.on_machines(&remote, &query);
        }
        let place = resolver.place(&units, self.engine)?;
        utf8(place.home().to_path_buf())?;
        let targets = resolver.remembered(&units, &*place)?;
        let apps: Vec<&App> = targets.iter().flat_map(Target::named).collect();
        // An app may be there with several profiles.
        let mut all: IndexMap<&str, App> = IndexMap::new();
        for app in targets.iter().flat_map(|target| &target.system().apps) {
            all.entry(app.name.as_str()).or_insert_with(|| app.clone());
        }
        let all: Vec<App> = all.into_values().collect();
        let find = || logs::files_among(&apps, &all, |apps| place.logs(apps));
        let files = find();
        let logging: HashSet<&str> = files.iter().map(|file| file.app.as_str()).collect();
        for app in apps.iter().filter(|app| !logging.contains(app.name.as_str())) {
            output::note(&format!("{} writes no log", app.name));
        }
        let saved = place.saved_state().unwrap_or_default();
        for target in &targets {
            let own = target.owner();
            for app in target.named() {
                let owner = saved.of(&app.name).map(|known| &known.owner);
                if let Some(owner) = owner.filter(|owner| !owner.is(own) && !owner.may_be(own))
                    && owner.root != own.root
                {
                    let (name, root) = (Foreign(owner), Foreign(&owner.root));
                    output::note(&format!("{}: this log is of {name} at {root}", app.name));
                }
            }
        }
        if let Some(first) = files.first().filter(|_| !files.iter().any(|file| file.path.exists()))
        {
            output::note(&format!("there is no log yet: {} does not exist", first.path));
        }
        let width = apps.iter().map(|app| app.name.chars().count()).max().unwrap_or(0);
        let mut printer = Printer::new(self.form(width));
        let reading = match self.follow {
            true => Reader::new(files, query).follow(&mut || find(), &mut printer),
            false => Reader::new(files, query).backlog(&mut printer),
        };
        match reading {
            // Whoever stops reading early has what they wanted.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::from(format!("standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// On several machines.
    fn on_machines(&self, remote: &Remote, query: &Query) -> Result<(), Failure> {
        if self.follow || query.since.is_some() {
            let word = if self.follow { "--follow" } else { "--since" };
            let message =
                format!("`{word}` does not work on Supvisors, which hands over the end of a log");
            let system = application(remote.target().system());
            let help = format!(
                "`--lines N` shows more of it; on its machine, `supervisorctl -c MACHINE/supervisord.conf tail -f \
                 {system}:NAME` follows it"
            );
            return Err(Diagnostic::new(message).help(help).into());
        }
        let width = remote.target().named().map(|app| app.name.chars().count()).max();
        let mut printer = Printer::new(self.form(width.unwrap_or(0)));
        let Query { lines, pattern, stream, .. } = query;
        let missing = remote.logs(*lines, pattern.as_ref(), *stream, &mut printer)?;
        for missing in missing {
            output::note(&missing.printable().to_string());
        }
        Ok(())
    }

    fn query(&self) -> Result<Query, Failure> {
        let pattern = self.grep.as_deref().map(|grep| Pattern::new(grep, self.ignore_case));
        Ok(Query {
            lines: match self.lines {
                Some(Lines(lines)) => lines,
                None => self.since.is_none().then_some(Query::LINES),
            },
            since: self.since,
            pattern: pattern.transpose()?,
            stream: match (self.out, self.err) {
                (true, _) => Some(Stream::Out),
                (_, true) => Some(Stream::Err),
                _ => None,
            },
        })
    }

    fn form(&self, width: usize) -> Form {
        match (self.json, self.no_prefix) {
            (true, _) => Form::Json,
            (_, true) => Form::Text,
            _ => Form::Named { width },
        }
    }
}

/// How a line is printed.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// With the app's name before it.
    Named { width: usize },
    /// As [`Form::Named`], with `!` before what goes to standard error, and with what the engine does.
    Running { width: usize },
    /// Only the text.
    Text,
    /// An object.
    Json,
}

/// Prints lines to standard output.
pub(super) struct Printer {
    form: Form,
    escapes: Escapes,
    output: BufWriter<AutoStream<io::Stdout>>,
    colours: bool,
}

impl Printer {
    fn new(form: Form) -> Printer {
        let stdout = io::stdout();
        let colours = AutoStream::choice(&stdout) != ColorChoice::Never;
        // What goes into a file or a pipe is shown in a terminal later.
        let escapes = if colours { Escapes::Colours } else { Escapes::None };
        // What is written is clean already.
        let output =
            BufWriter::with_capacity(64 << 10, AutoStream::new(stdout, ColorChoice::AlwaysAnsi));
        Printer { form, escapes, output, colours }
    }

    /// One for the lines of a system that runs in the foreground.
    #[cfg(unix)]
    pub(super) fn running(width: usize) -> Printer {
        Printer::new(Form::Running { width })
    }

    /// Prints what the engine does: dimmed, for the lines of the services are what is looked at.
    #[cfg(unix)]
    pub(super) fn event(&mut self, text: &str) {
        let dim = if self.colours { Style::new().dimmed() } else { Style::new() };
        self.tell(text, &|width, line| format!("{dim}{:width$} : {line}{dim:#}", ""));
    }

    /// Prints what has failed.
    #[cfg(unix)]
    pub(super) fn failure(&mut self, text: &str) {
        let red = if self.colours { output::bold(AnsiColor::Red) } else { Style::new() };
        self.tell(text, &|width, line| format!("{:width$} {red}:{red:#} {line}", ""));
    }

    #[cfg(unix)]
    fn tell(&mut self, text: &str, painted: &dyn Fn(usize, &str) -> String) {
        let width = match self.form {
            Form::Named { width } | Form::Running { width } => width,
            Form::Text | Form::Json => 0,
        };
        for line in foreign::printable(text).lines() {
            // Whoever stops reading early has what they wanted.
            let _ = writeln!(self.output, "{}", painted(width, line));
        }
        let _ = self.output.flush();
    }

    /// The name before a line, padded to a width, and a bar.
    fn name(&self, line: &Line, width: usize, error: char) -> String {
        let Line { app, stream, .. } = line;
        let mark = if *stream == Stream::Err { error } else { '|' };
        if !self.colours {
            return format!("{app:width$} {mark} ");
        }
        let name = Style::new().fg_color(Some(logs::colour(app).into()));
        let bar = match stream {
            Stream::Err => Style::new().fg_color(Some(AnsiColor::Red.into())),
            Stream::Out | Stream::Combined => name,
        };
        format!("{name}{app:width$}{name:#} {bar}{mark}{bar:#} ")
    }
}

impl Sink for Printer {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        if let Form::Json = self.form {
            return writeln!(self.output, "{}", output::json(line)?);
        }
        match self.form {
            Form::Named { width } => {
                let name = self.name(line, width, '|');
                self.output.write_all(name.as_bytes())?;
            }
            Form::Running { width } => {
                let name = self.name(line, width, '!');
                self.output.write_all(name.as_bytes())?;
            }
            Form::Text | Form::Json => {}
        }
        let written = format!("{}{}", line.stamp, line.text);
        writeln!(self.output, "{}", logs::clean(&written, self.escapes))
    }

    fn note(&mut self, note: &Note) -> io::Result<()> {
        self.output.flush()?;
        output::note(&note.to_string());
        Ok(())
    }

    fn pause(&mut self) -> io::Result<ControlFlow<()>> {
        self.output.flush()?;
        Ok(ControlFlow::Continue(()))
    }
}
