//! `status`: agents as units with their services.

use std::convert::Infallible;
use std::process::ExitCode;
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::Args;
use indexmap::IndexMap;
use jiff::Timestamp;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::foreign::Foreign;
use smol_str::SmolStr;

use super::connection::Connection;
use super::remote::Remote;
use super::screen::{Page, Screen};
use super::table::{self, Cell, Column, Row, Side};
use super::{Failure, Resolver, Units, exit, output, signals};
use crate::operations::{
    AppStatus, CronRuns, Elsewhere, EndpointStatus, ExternalStatus, Note, OperationError, State,
    Status, Watch,
};

#[derive(Debug, Args)]
#[command(after_help = "\
With --detailed-exitcode, exits with 2 when a unit is not running, is not ready or has an older \
definition, or when an external is not available. `--watch` ends with Ctrl-C or when its output is closed.")]
pub(super) struct StatusCommand {
    /// Only these services and agents [default: all]
    #[arg(value_name = "UNIT")]
    units: Vec<String>,

    /// Refresh every SECONDS [default: 2]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2")]
    watch: Option<Watched>,

    /// Exit with 2 when what runs differs from the definition
    #[arg(long, conflicts_with = "watch")]
    detailed_exitcode: bool,

    #[command(flatten)]
    connection: Connection,
}

/// The word after `--watch`: how often, or the first unit.
#[derive(Clone, Debug)]
enum Watched {
    Every(Duration),
    Unit(String),
}

impl FromStr for Watched {
    type Err = Infallible;

    /// No unit's name begins with a digit.
    fn from_str(text: &str) -> Result<Watched, Infallible> {
        Ok(match text.parse() {
            Ok(seconds) => Watched::Every(Duration::from_secs(seconds).max(SHORTEST)),
            Err(_) => Watched::Unit(text.to_owned()),
        })
    }
}

/// How often is looked where nothing else is said, and at most.
const USUAL: Duration = Duration::from_secs(2);
const SHORTEST: Duration = Duration::from_secs(1);

impl StatusCommand {
    pub(super) fn run(mut self, resolver: &Resolver<'_>) -> Result<ExitCode, Failure> {
        signals::end_programs();
        let pause = match self.watch.take() {
            Some(Watched::Every(pause)) => Some(pause),
            Some(Watched::Unit(unit)) => {
                self.units.insert(0, unit);
                Some(USUAL)
            }
            None => None,
        };
        let units = Units { units: std::mem::take(&mut self.units) };
        if let Some(remote) = self.connection.remote(resolver, &units)? {
            let agents = remote.target().system().agents.clone();
            let engine = (Remote::NAME, "up --engine supvisors");
            return self.watch(engine, &agents, pause, &mut || remote.status());
        }
        let targets = resolver.targets(&units, self.connection.choice())?;
        let Some(target) = targets.first() else { return Ok(ExitCode::SUCCESS) };
        let engine = match self.connection.engine_to_ask(target) {
            Ok(engine) => engine,
            Err(error) => return Ok(self.connection.failed(&OperationError::from(error))),
        };
        let mut watches: Vec<Watch<'_>> =
            targets.iter().map(|target| Watch::new(&*engine, target)).collect();
        let agents: Docs = targets
            .iter()
            .flat_map(|target| &target.system().agents)
            .map(|(agent, doc)| (agent.clone(), doc.clone()))
            .collect();
        let named = (engine.name(), engine.starting());
        let elsewhere = targets.iter().filter_map(|target| Elsewhere::than(&*engine, target));
        let elsewhere: Vec<Note> =
            elsewhere.map(|elsewhere| elsewhere.also(("status", "shows")).into()).collect();
        let has_machines = cfg!(feature = "supvisors") && !target.system().machines.is_empty();
        let on_machines = has_machines.then(|| {
            let message = "nothing runs on this machine's own engines";
            let help = "`status --engine supvisors` shows what runs on the machines";
            Note::from(Diagnostic::new(message).help(help))
        });
        let before = self.connection.choice().ran_before(target.owner()).map(Note::from);
        self.watch(named, &agents, pause, &mut || {
            let mut status = look(&mut watches)?;
            status.notes.extend_from_slice(&elsewhere);
            if status.apps.iter().all(|app| app.processes.is_empty()) {
                status.notes.extend(before.clone());
                status.notes.extend(on_machines.clone());
            }
            Ok(status)
        })
    }

    /// Looks once, or again and again with a pause; `engine` is its name and the command that starts it.
    fn watch(
        &self,
        engine: (&str, &str),
        agents: &Docs,
        pause: Option<Duration>,
        look: &mut dyn FnMut() -> Result<Status, OperationError>,
    ) -> Result<ExitCode, Failure> {
        let mut screen = Screen::new(pause.is_some());
        let mut looked = false;
        loop {
            match look() {
                Ok(status) => {
                    looked = true;
                    let is_read = self.show(&status, engine, agents, &mut screen)?;
                    match (pause, is_read) {
                        (Some(_), true) => {}
                        (None, _) if self.detailed_exitcode && !status.is_well() => {
                            return Ok(ExitCode::from(exit::SOMETHING_TO_DO));
                        }
                        _ => return Ok(ExitCode::SUCCESS),
                    }
                }
                Err(error) => {
                    let code = self.connection.failed(&error);
                    // What has worked once may work again.
                    if pause.is_none() || !looked {
                        return Ok(code);
                    }
                }
            }
            thread::sleep(pause.unwrap_or(USUAL));
        }
    }

    /// Shows a status. Says whether anybody reads on.
    fn show(
        &self,
        status: &Status,
        engine: (&str, &str),
        agents: &Docs,
        screen: &mut Screen,
    ) -> Result<bool, Failure> {
        if self.connection.is_json() {
            return output::print_json(status);
        }
        screen.show(page(status, engine, agents, Screen::width(), Screen::links()))
    }
}

/// A look at all that is watched together.
pub(super) fn look(watches: &mut [Watch<'_>]) -> Result<Status, OperationError> {
    let mut whole: Option<Status> = None;
    for watch in watches {
        let status = watch.look()?;
        whole = Some(match whole {
            Some(whole) => whole.and(status),
            None => status,
        });
    }
    Ok(whole.unwrap_or_default())
}

/// The doc comments of agents.
pub(super) type Docs = IndexMap<SmolStr, String>;

/// A status for a person, with the name of the engine and the command that starts it. Its table is no wider than
/// `width` characters; `links` says whether addresses are links.
fn page(
    status: &Status,
    (engine, up): (&str, &str),
    agents: &Docs,
    width: Option<usize>,
    links: bool,
) -> Page {
    let mut free: Vec<String> = Vec::new();
    if !status.daemon {
        free.push(format!("{engine} does not run in {}: `{up}` starts it", Foreign(&status.home)));
    }
    free.extend(profiles(status));
    free.extend(status.externals.iter().flat_map(external));
    free.extend(status.apps.iter().flat_map(remarks));
    free.extend(status.notes.iter().flat_map(lines_of));
    Page { fitting: table::lines(columns(status), &rows(status, agents, links), width), free }
}

pub(super) fn lines_of(note: &Note) -> Vec<String> {
    note.to_string().lines().map(str::to_owned).collect()
}

/// The profile that all run with, or a line for each where there are several.
fn profiles(status: &Status) -> Vec<String> {
    let mut apps: IndexMap<Option<&str>, Vec<&str>> = IndexMap::new();
    for app in status.apps.iter().filter(|app| !app.processes.is_empty()) {
        if !matches!(app.state, State::Foreign { .. }) {
            apps.entry(app.profile.as_deref()).or_default().push(&app.app);
        }
    }
    let line = |(profile, apps): (Option<&str>, Vec<&str>)| match profile {
        Some(profile) => format!("profile {profile}: {}", apps.join(", ")),
        None => format!("no profile: {}", apps.join(", ")),
    };
    match apps.keys().copied().collect::<Vec<_>>().as_slice() {
        [] | [None] => Vec::new(),
        [Some(profile)] => vec![format!("profile: {profile}")],
        _ => apps.into_iter().map(line).collect(),
    }
}

/// The columns; what a person needs least goes first when there is no room.
const COLUMNS: [Column; 8] = [
    Column { title: "unit", side: Side::Left, spare: 0 },
    Column { title: "state", side: Side::Left, spare: 0 },
    // Only where there are machines.
    Column { title: "on", side: Side::Left, spare: 1 },
    Column { title: "pid", side: Side::Right, spare: 6 },
    Column { title: "up", side: Side::Right, spare: 2 },
    // As PM2 heads its own.
    Column { title: "↺", side: Side::Right, spare: 3 },
    Column { title: "cpu", side: Side::Right, spare: 5 },
    Column { title: "memory", side: Side::Right, spare: 4 },
];

/// The column of the machines.
const ON: usize = 2;

/// The first of the columns of what an engine of this machine counts and measures.
const RESTARTS: usize = 5;

/// Whether the engine counts restarts, and measures what processes use.
fn is_measured(app: &AppStatus) -> bool {
    app.running_on.is_none()
}

/// The columns for a system: there is none for machines where it has none.
pub(super) fn columns(status: &Status) -> [Column; 8] {
    let mut columns = COLUMNS;
    if status.apps.iter().all(|app| app.machines.is_empty()) {
        columns[ON].title = "";
    }
    if status.apps.iter().any(|app| !is_measured(app)) {
        for column in columns.iter_mut().skip(RESTARTS) {
            column.title = "";
        }
    }
    columns
}

/// The rows: services by themselves, and agents with theirs below them.
fn rows(status: &Status, agents: &Docs, links: bool) -> Vec<Row<8>> {
    let mut rows = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for app in &status.apps {
        let Some(agent) = &app.agent else {
            rows.push(service(app, &app.app, links));
            continue;
        };
        if told.contains(&agent.as_str()) {
            continue;
        }
        told.push(agent);
        let own: Vec<&AppStatus> =
            status.apps.iter().filter(|other| other.agent.as_ref() == Some(agent)).collect();
        let doc = agents.get(agent.as_str());
        rows.push(sum(agent, &own, doc.map_or("", String::as_str)));
        rows.extend(own.iter().map(|app| service(app, &format!("  {}", app.short_name), links)));
    }
    rows
}

pub(super) fn sum(agent: &str, services: &[&AppStatus], doc: &str) -> Row<8> {
    let is_defined = |app: &&&AppStatus| app.state != State::NoLongerDefined;
    let defined: Vec<&&AppStatus> = services.iter().filter(is_defined).collect();
    let online = defined.iter().filter(|app| app.state.is_online()).count();
    let what = match defined.len() {
        0 => State::NoLongerDefined.to_string(),
        all => format!("{online}/{all} online"),
    };
    let is_well = services.iter().all(|app| app.is_well());
    let shade = if is_well { AnsiColor::Green } else { AnsiColor::Yellow };
    let runs = services.iter().any(|app| app.online() > 0 && is_measured(app));
    Row {
        cells: [
            agent.into(),
            Cell::styled(what, colour(shade)),
            Cell::default(),
            Cell::default(),
            Cell::default(),
            if_any(runs, services.iter().map(|app| app.restarts).sum::<u64>().to_string()),
            if_any(runs, cpu(services.iter().fold(0.0, |sum, app| sum + app.cpu))),
            if_any(runs, size(services.iter().map(|app| app.memory).sum())),
        ],
        behind: doc.lines().next().unwrap_or_default().trim().into(),
    }
}

pub(super) fn service(app: &AppStatus, name: &str, links: bool) -> Row<8> {
    let (state, shade) = state(app);
    let runs = app.online() > 0 && is_measured(app);
    Row {
        cells: [
            name.into(),
            Cell::styled(state, colour(shade)),
            match &app.running_on {
                Some(on) => on.join(" and ").into(),
                None => app.machines.join(" or ").into(),
            },
            pids(app).into(),
            app.uptime.map(duration).unwrap_or_default().into(),
            if_any(!app.processes.is_empty() && is_measured(app), app.restarts.to_string()),
            if_any(runs, cpu(app.cpu)),
            if_any(runs, size(app.memory)),
        ],
        behind: addresses(&app.endpoints, links),
    }
}

/// `last run 2h 5m ago, next in 21h 54m`
fn schedule(cron: &CronRuns, now: Timestamp) -> String {
    let between = |from: Timestamp, to: Timestamp| {
        duration(u64::try_from(to.as_second() - from.as_second()).unwrap_or(0))
    };
    let last = cron.last.map(|last| format!("last run {} ago", between(last, now)));
    let next = match cron.next {
        Some(next) => format!("next in {}", between(now, next)),
        None => "no next run".to_owned(),
    };
    last.into_iter().chain([next]).collect::<Vec<_>>().join(", ")
}

/// Where a unit listens: `http://127.0.0.1:8789 metrics http://127.0.0.1:9100`.
pub(super) fn addresses(endpoints: &[EndpointStatus], links: bool) -> Cell {
    endpoints.iter().fold(Cell::default(), |cell, EndpointStatus { name, address, url }| {
        let cell = match name {
            Some(name) => cell.and(name),
            None => cell,
        };
        match url {
            Some(url) if links => cell.and_link(url),
            url => cell.and(url.as_ref().unwrap_or(address)),
        }
    })
}

/// The state of an app in a few words, and its colour.
fn state(app: &AppStatus) -> (String, AnsiColor) {
    let written = app.instances.unwrap_or(app.processes.len());
    let shade = match &app.state {
        state if state.is_well() => AnsiColor::Green,
        State::Starting | State::NoLongerDefined => AnsiColor::Yellow,
        State::Online
        | State::Ready
        | State::Unready
        | State::Restarting { .. }
        | State::Stopping
        | State::Stopped { .. }
        | State::Completed
        | State::Failed { .. }
        | State::GivenUp { .. }
        | State::Orphaned
        | State::Foreign { .. }
        | State::Other { .. } => AnsiColor::Red,
    };
    let is_single = written == 1 && app.processes.len() == 1;
    let (text, shade) = match &app.state {
        state if state.is_online() && !is_single => {
            let shade = if app.online() == written { shade } else { AnsiColor::Yellow };
            (format!("{}/{written} {state}", app.online()), shade)
        }
        state if app.online() > 0 && app.processes.len() > 1 => {
            (format!("{}/{written} online, {state}", app.online()), shade)
        }
        state => (state.to_string(), shade),
    };
    match app.drift.is_empty() {
        true => (text, shade),
        false if shade == AnsiColor::Green => (format!("{text}, drift"), AnsiColor::Yellow),
        false => (format!("{text}, drift"), shade),
    }
}

/// `4711`; of several processes the first, and how many more.
fn pids(app: &AppStatus) -> String {
    let of_processes = app.processes.iter().filter_map(|process| process.pid);
    let pids: Vec<u32> = of_processes.chain(app.orphans.iter().copied()).collect();
    match pids.as_slice() {
        [first, _, ..] => format!("{first}+{}", pids.len() - 1),
        [one] => one.to_string(),
        [] => String::new(),
    }
}

/// What the row of an app has no room for.
pub(super) fn remarks(app: &AppStatus) -> Vec<String> {
    let name = Foreign(&app.app);
    let mut lines = Vec::new();
    if let State::Foreign { owner } = &app.state {
        let who = match owner {
            Some(owner) => {
                format!("the ecosystem {} in {}", Foreign(owner), Foreign(&owner.root))
            }
            None => "another program".to_owned(),
        };
        lines.push(format!("{name}: the app name is already in use: {who} started it"));
    }
    if let Some(cron) = &app.cron {
        lines.push(format!("{name}: {}", schedule(cron, Timestamp::now())));
    }
    if app.state == State::NoLongerDefined {
        lines.push(format!("{name}: no longer defined; `apply` removes it"));
    }
    for pid in &app.orphans {
        lines.push(format!(
            "{name}: orphaned, process {pid}: left running, and no engine lists it; `up` ends it"
        ));
    }
    if let Some(refusal) = &app.refusal {
        lines.push(format!("{name}: not ready: {}", Foreign(refusal)));
    }
    if !app.drift.is_empty() {
        lines.push(match &app.profile {
            Some(profile) if app.other_profile => {
                let profile = Foreign(profile);
                format!("{name}: runs with the profile `{profile}`, not with the one given here")
            }
            None if app.other_profile => {
                format!("{name}: runs without a profile, not with the one given here")
            }
            _ if app.differs_by_shell() => format!(
                "{name}: runs with other inherited variables; `up` applies those of this shell"
            ),
            _ => format!("{name}: runs with an older definition; `up` applies the current one"),
        });
        lines.extend(app.drift.iter().map(|field| format!("    {field}")));
    }
    lines
}

/// The name of an external, and where it is.
fn name_of(external: &ExternalStatus) -> String {
    let endpoints = external.endpoints.iter();
    let places = endpoints.map(|endpoint| {
        let at = endpoint.url.as_ref().unwrap_or(&endpoint.address);
        match &endpoint.name {
            Some(name) => format!("{} {}", Foreign(name), Foreign(at)),
            None => Foreign(at).to_string(),
        }
    });
    let places: Vec<String> = places.collect();
    match places.is_empty() {
        true => Foreign(&external.external).to_string(),
        false => format!("{} ({})", Foreign(&external.external), places.join(", ")),
    }
}

pub(super) fn external(external: &ExternalStatus) -> Vec<String> {
    let name = name_of(external);
    let mut lines = match (external.ready, &external.refusal) {
        (Some(true), _) => return vec![format!("external {name}: available")],
        (None, _) => return vec![format!("external {name}: not probed")],
        (_, Some(refusal)) => vec![format!("external {name}: not available: {}", Foreign(refusal))],
        (_, None) => vec![format!("external {name}: not available")],
    };
    lines.extend(external.hint.iter().map(|hint| format!("  help: {}", Foreign(hint))));
    lines
}

fn if_any(is_any: bool, text: String) -> Cell {
    if is_any { text.into() } else { Cell::default() }
}

fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

fn cpu(percent: f64) -> String {
    format!("{percent:.0}%")
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
pub(super) mod tests {
    use super::*;
    use crate::engine::Phase;
    use crate::operations::{Difference, ProcessStatus};

    fn process(pid: u32, status: Phase) -> ProcessStatus {
        ProcessStatus {
            id: 0,
            pid: Some(pid).filter(|pid| *pid != 0),
            status,
            exit_code: None,
            uptime: (pid != 0).then_some(7_500),
            restarts: 1,
            cpu: 2.4,
            memory: 40 << 20,
        }
    }

    fn app(name: &str, state: State, processes: Vec<ProcessStatus>) -> AppStatus {
        let (agent, short_name) = match name.split_once('_') {
            Some((agent, short_name)) => (Some(agent.to_owned()), short_name),
            None => (None, name),
        };
        AppStatus {
            app: name.to_owned(),
            agent,
            short_name: short_name.to_owned(),
            profile: None,
            other_profile: false,
            state,
            ready: None,
            refusal: None,
            instances: Some(1),
            orphans: Vec::new(),
            cron: None,
            uptime: processes.iter().filter_map(|process| process.uptime).min(),
            restarts: processes.iter().map(|process| process.restarts).sum(),
            cpu: processes.iter().fold(0.0, |sum, process| sum + process.cpu),
            memory: processes.iter().map(|process| process.memory).sum(),
            drift: Vec::new(),
            unread: false,
            endpoints: Vec::new(),
            machines: Vec::new(),
            running_on: None,
            processes,
        }
    }

    /// A variable that differs.
    fn drift(name: &str, inherited: bool) -> Difference {
        Difference { field: format!("env.{name}"), old: None, new: None, secret: true, inherited }
    }

    /// One of each kind.
    pub(in crate::cli) fn status() -> Status {
        let online = |pid| vec![process(pid, Phase::Online)];
        let down = State::GivenUp { exit_code: Some(1) };
        let external = |name: &str, refusal: Option<&str>| ExternalStatus {
            external: name.to_owned(),
            ready: Some(refusal.is_none()),
            refusal: refusal.map(str::to_owned),
            hint: Some("start it".to_owned()),
            endpoints: Vec::new(),
        };
        let apps = vec![
            AppStatus { ready: Some(true), ..app("duck_cephalon", State::Ready, online(812)) },
            app("tts", State::Completed, vec![process(0, Phase::Stopped)]),
            AppStatus {
                drift: vec![drift("TOKEN", false)],
                ..app("duck_voice", State::Online, online(813))
            },
            AppStatus {
                instances: Some(2),
                ..app("proxy", State::Online, [online(20), online(21)].concat())
            },
            AppStatus {
                ready: Some(false),
                refusal: Some("127.0.0.1:8080: connection refused".to_owned()),
                instances: Some(3),
                ..app("vision", down, [online(30), vec![process(0, Phase::Errored)]].concat())
            },
            AppStatus { orphans: vec![99], ..app("stt", State::Orphaned, Vec::new()) },
            app("llm", State::Foreign { owner: None }, online(40)),
            app("old", State::NoLongerDefined, online(50)),
            app("heartbeat", State::Stopped { as_defined: false }, Vec::new()),
        ];
        Status {
            home: "/home/somebody/.pm2".to_owned(),
            daemon: true,
            apps,
            externals: vec![external("mongodb", None), external("ollama", Some("refused"))],
            notes: vec![Note {
                message: "not compared: duck_voice: a secret".to_owned(),
                help: Some("write it".to_owned()),
            }],
            machines: Vec::new(),
        }
    }

    #[test]
    fn what_differs_by_the_shell_or_the_profile_is_no_older_definition() {
        let told = |drift: Vec<Difference>, profile: Option<&str>, other_profile: bool| {
            let profile = profile.map(str::to_owned);
            let app = app("web", State::Online, vec![process(1, Phase::Online)]);
            remarks(&AppStatus { profile, other_profile, drift, ..app }).join("\n")
        };
        let (secret, host) = (drift("TOKEN", false), drift("HOST", true));
        assert_eq!(
            told(vec![host.clone()], None, false),
            "web: runs with other inherited variables; `up` applies those of this shell\n    \
             env.HOST: changed (inherited from this shell)"
        );
        let older = "web: runs with an older definition; `up` applies the current one\n";
        assert!(told(vec![host.clone(), secret.clone()], Some("dev"), false).starts_with(older));
        let profile = "web: runs with the profile `dev`, not with the one given here\n";
        assert!(told(vec![host.clone(), secret], Some("dev"), true).starts_with(profile));
        let none = "web: runs without a profile, not with the one given here\n";
        assert!(told(vec![host], None, true).starts_with(none));
    }

    fn written(status: &Status, width: Option<usize>) -> String {
        let docs = [("duck".into(), "Reads and talks.\nAnd more.".to_owned())];
        let page = page(status, ("PM2", "up"), &docs.into_iter().collect(), width, false);
        let lines: Vec<String> = page.fitting.into_iter().chain(page.free).collect();
        anstream::adapter::strip_str(&lines.join("\n")).to_string()
    }

    #[test]
    fn what_is_no_longer_defined_is_not_counted() {
        let online = |pid| vec![process(pid, Phase::Online)];
        let voice = app("duck_voice", State::Online, online(1));
        let old = app("duck_old", State::NoLongerDefined, online(2));
        let told = |apps: Vec<AppStatus>| {
            let page = written(&Status { apps, ..status() }, None);
            page.lines().find(|line| line.starts_with("duck ")).unwrap().to_owned()
        };
        assert!(told(vec![voice, old.clone()]).contains(" 1/1 online "));
        assert!(told(vec![old]).contains(" no longer defined "));
    }

    #[test]
    fn each_kind_is_told_in_its_words() {
        assert_eq!(
            written(&status(), None),
            "\
unit        state                                pid     up  ↺  cpu  memory
duck        2/2 online                                       2   5%  80 MiB  Reads and talks.
  cephalon  ready                                812  2h 5m  1   2%  40 MiB
  voice     online, drift                        813  2h 5m  1   2%  40 MiB
tts         completed                                        1
proxy       2/2 online                          20+1  2h 5m  2   5%  80 MiB
vision      1/3 online, given up (exit code 1)    30  2h 5m  2   5%  80 MiB
stt         orphaned                              99
llm         not ours                              40  2h 5m  1   2%  40 MiB
old         no longer defined                     50  2h 5m  1   2%  40 MiB
heartbeat   stopped
external mongodb: available
external ollama: not available: refused
  help: start it
duck_voice: runs with an older definition; `up` applies the current one
    env.TOKEN: changed (secret)
vision: not ready: 127.0.0.1:8080: connection refused
stt: orphaned, process 99: left running, and no engine lists it; `up` ends it
llm: the app name is already in use: another program started it
old: no longer defined; `apply` removes it
not compared: duck_voice: a secret
  help: write it"
        );
    }

    #[test]
    fn the_table_fits_eighty_columns() {
        let shown = written(&status(), Some(80));
        let table: Vec<&str> = shown.lines().take(11).collect();
        assert!(table.iter().all(|line| line.chars().count() <= 80), "{shown}");
        assert_eq!(
            table[..2],
            [
                "unit        state                                pid     up  ↺  cpu  memory",
                "duck        2/2 online                                       2   5%  80 MiB",
            ]
        );
    }

    #[test]
    fn a_number_behind_watch_is_how_often_and_a_name_a_unit() {
        let read = |text: &str| text.parse().unwrap();
        assert!(matches!(read("5"), Watched::Every(pause) if pause == Duration::from_secs(5)));
        assert!(matches!(read("0"), Watched::Every(pause) if pause == SHORTEST));
        assert!(matches!(read("duck"), Watched::Unit(unit) if unit == "duck"));
    }

    #[test]
    fn a_schedule_is_told_from_now() {
        let now: Timestamp = "2027-01-15T06:05:00Z".parse().unwrap();
        let time = |text: &str| Some(text.parse().unwrap());
        let pattern = "0 4 * * *".to_owned();
        let (last, next) = (time("2027-01-15T04:00:00Z"), time("2027-01-16T04:00:00Z"));
        let runs = CronRuns { pattern, last, next };
        assert_eq!(schedule(&runs, now), "last run 2h 5m ago, next in 21h 55m");
        assert_eq!(
            schedule(&CronRuns { next: None, ..runs.clone() }, now),
            "last run 2h 5m ago, no next run"
        );
        let app = AppStatus { cron: Some(runs), ..app("nightly", State::Completed, Vec::new()) };
        let told = remarks(&app).join("\n");
        assert!(told.starts_with("nightly: last run ") && !told.contains('\n'), "{told}");
    }

    #[test]
    fn durations_and_sizes_are_short() {
        let told = [59, 60, 3_599, 3_600, 7_500, 86_400, 273_600].map(duration);
        assert_eq!(told, ["59s", "1m", "59m", "1h 0m", "2h 5m", "1d 0h", "3d 4h"]);
        assert_eq!([0, 1, 50_331_648].map(size), ["0 MiB", "1 MiB", "48 MiB"]);
    }
}
