//! The command line that every ecosystem's binary has.

mod apply;
mod boot;
mod built;
mod check;
mod completions;
mod connection;
mod down;
mod engine;
mod exec;
mod exit;
mod graph;
mod launch;
mod logs;
pub mod output;
mod plan;
mod plan_text;
mod pm2;
mod progress;
#[cfg(feature = "supvisors")]
mod remote;
#[cfg(not(feature = "supvisors"))]
#[path = "no_remote.rs"]
mod remote;
#[cfg(unix)]
mod run;
mod screen;
mod signals;
mod status;
mod supervisor;
mod supvisors;
mod table;
#[cfg(all(feature = "ui", unix))]
mod ui;
#[cfg(all(not(feature = "ui"), unix))]
#[path = "no_ui.rs"]
mod ui;
mod up;
mod written;

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use promethean_core::app::System;
use promethean_core::diagnostic::Diagnostic;
use promethean_core::ecosystem::Ecosystem;
use promethean_core::foreign::Foreign;
use promethean_core::resolve::{Options, Placement, ResolveError};
use serde_json::json;

use crate::child;
use crate::engine::{Engine, Owner, Place, silence};
use crate::operations::{self, Profiles, Target, TargetError};

/// The command line of an ecosystem.
#[derive(Debug, Parser)]
#[command(
    version = concat!("(promethean ", env!("CARGO_PKG_VERSION"), ")"),
    about = "Runs this ecosystem in the foreground, on PM2 or on its own engine, and writes it as a PM2 configuration, shell commands or a graph",
    after_help = "Without a command, prints the PM2 configuration as JSON.\n\n\
        Exit codes: 0 success; 1 failure; 2 wrong arguments, `plan` or `status` with\n\
        --detailed-exitcode found differences, or --check a file that is another one;\n\
        3 the check found problems and nothing was changed; 4 an app failed;\n\
        5 the engine cannot be used, or was killed; 6 another run is in progress;\n\
        7 the app name is already in use, here or on the other engine;\n\
        126 and 127 `exec` cannot run the program, or there is none;\n\
        130 Ctrl-C or SIGTERM interrupted it (`run` ends with 0 when it has taken all down)."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    resolution: Resolution,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print or write the PM2 configuration
    Pm2(pm2::Pm2),
    /// Print a launch command for each app
    Launch(launch::Launch),
    /// Run a program in the directory and with the environment of a service, in place of this process
    Exec(exec::Exec),
    /// Write a configuration for Supervisor, which needs no PM2
    Supervisor(supervisor::Supervisor),
    /// Write the configuration of Supervisor for several machines, with Supvisors
    Supvisors(supvisors::Supvisors),
    /// Run units in the foreground, without PM2
    #[cfg(unix)]
    Run(run::Run),
    /// Draw the agents, services, dependencies and externals
    Graph(graph::Graph),
    /// Start units when the machine boots
    Boot(boot::BootCommand),
    /// Report what would prevent startup, with fixes
    Check(check::Check),
    /// Start units on PM2, each after its dependencies
    #[command(alias = "start")]
    Up(up::Bring),
    /// Stop units, and dependencies that nothing else needs
    #[command(alias = "stop")]
    Down(down::Down),
    /// Restart units with the current definition
    #[command(mut_arg("units", |units| units.help(THESE_ALONE)))]
    Restart(up::Bring),
    /// Like restart, but replace the processes of a cluster one by one
    #[command(mut_arg("units", |units| units.help(THESE_ALONE)))]
    Reload(up::Bring),
    /// Show the state of units: readiness, uptime, restarts, memory, drift
    #[command(aliases = ["ps", "ls", "list"])]
    Status(status::StatusCommand),
    /// Show the system live in the terminal: start, stop and restart units, and read their logs
    #[cfg(unix)]
    #[cfg_attr(not(feature = "ui"), command(about = ui::ABOUT))]
    #[command(mut_arg("json", |json| json.hide(true)))]
    Ui(ui::Ui),
    /// Compare what runs with the definition
    Plan(plan::PlanCommand),
    /// Change what runs to match the definition
    Apply(apply::Apply),
    /// Print the logs of units
    Logs(logs::Logs),
    /// Print the script with which a shell completes commands, options and units
    Completions(completions::Completions),
    /// Print the man page of the program or of a command, or write all of them
    Man(completions::Man),
}

/// What the ecosystem is resolved for.
#[derive(Debug, Args)]
struct Resolution {
    /// The root directory of the ecosystem on this machine
    #[arg(long, global = true, env = "PROMETHEAN_ROOT", value_name = "DIR")]
    root: Option<Utf8PathBuf>,

    /// The profile to use [default: the one that runs, for commands that talk to an engine]
    #[arg(long, global = true, env = "PROMETHEAN_PROFILE", value_name = "NAME")]
    profile: Option<String>,

    /// Use no profile, even when one runs or `PROMETHEAN_PROFILE` is set
    // Nothing of clap's conflicts: a variable counts there as an argument does.
    #[arg(long, global = true)]
    no_profile: bool,

    /// Which machine this is, of those that the ecosystem names: only its units, in its root
    #[arg(long, global = true, env = "PROMETHEAN_MACHINE", value_name = "NAME")]
    machine: Option<String>,

    /// Run all units on this machine, whatever machines the ecosystem names
    #[arg(long, global = true)]
    one_machine: bool,
}

impl Resolution {
    /// The profile that the command line or the environment names. An empty name is none.
    fn profile(&self) -> Option<&str> {
        let named = self.profile.as_deref().filter(|profile| !profile.is_empty());
        named.filter(|_| !self.no_profile)
    }

    /// Where units run. An empty name is none.
    fn placement(&self) -> Placement {
        match self.machine.as_deref().filter(|machine| !machine.is_empty()) {
            _ if self.one_machine => Placement::Together,
            Some(machine) => Placement::Machine(machine.to_owned()),
            None => Placement::Distributed,
        }
    }

    /// Whether it is said which profile is meant, or that none is.
    fn says_profile(&self) -> bool {
        self.no_profile || self.profile().is_some()
    }
}

/// The units of `restart` and `reload`.
const THESE_ALONE: &str =
    "Services and agents, after dependencies that do not run yet [default: all]";

/// The units a command is about.
#[derive(Debug, Default, Args)]
struct Units {
    /// Services and agents, each with its dependencies [default: all]
    #[arg(value_name = "UNIT")]
    units: Vec<String>,
}

/// Why a command failed: the error itself, which is put into words when it is printed.
#[derive(Debug)]
pub struct Failure(Box<dyn Error + Send + Sync>);

impl Failure {
    /// Only externals were named.
    fn not_started(units: &Units) -> Failure {
        ResolveError::NotStarted { name: units.units.join(", ") }.into()
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// An error, or what became of the unit that somebody has named.
fn explained(error: TargetError, owner: &Owner, place: &dyn Place) -> Failure {
    match &error {
        TargetError::Resolve(ResolveError::UnknownUnit { name, .. })
            if operations::has_started(place, owner, name) =>
        {
            Diagnostic::new(format!("`{}` is no longer defined", Foreign(name)))
                .help("`apply` removes it")
                .into()
        }
        _ => error.into(),
    }
}

/// Runs the command line of an ecosystem with the arguments of this process.
///
/// Results go to standard output, everything else to standard error.
///
/// | exit code | what it means |
/// | --- | --- |
/// | 0 | success |
/// | 1 | any other failure |
/// | 2 | wrong arguments; `plan` or `status` with `--detailed-exitcode`: what runs differs from the definition; `--check`: a file is not what would be written |
/// | 3 | `check` found problems; nothing was changed |
/// | 4 | an app did not start, did not become ready in time, or died |
/// | 5 | PM2 is not installed, is too old, or does not answer; the embedded engine was killed |
/// | 6 | another run is in progress and did not end in time |
/// | 7 | the app name is already in use, or the app runs on the other engine; nothing was changed |
/// | 126, 127 | `exec` cannot run the program; there is no such program |
/// | 130 | Ctrl-C or SIGTERM interrupted it; commands that start or stop units report what they have done, and a second signal ends them at once; `run` ends all it has started, with 0 |
#[must_use]
pub fn main(ecosystem: &Ecosystem) -> ExitCode {
    let code = run(ecosystem, std::env::args_os());
    child::end_all();
    code
}

/// Runs the command line of an ecosystem with these arguments, the first of which is the name of
/// the program. The rest is as in [`main`].
#[must_use]
pub fn run(
    ecosystem: &Ecosystem,
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    if let Some(code) = engine::play_part(&arguments) {
        return code;
    }
    match completions::answer(ecosystem, &arguments) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => return unusable(&error),
    }
    let parsed = Cli::command().try_get_matches_from(&arguments).and_then(|matches| {
        let is_json = asks_for_json(&matches);
        Ok((Cli::from_arg_matches(&matches)?, is_json))
    });
    let (cli, is_json) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return unusable(&error),
    };
    if let Some(command) = &cli.command {
        tell_name(command, &arguments);
    }
    built::tell_outdated(ecosystem);
    let elsewhere = built::built_elsewhere(ecosystem).filter(|_| cli.resolution.root.is_none());
    if let Some(elsewhere) = elsewhere {
        return failed(&elsewhere.to_string(), is_json);
    }
    // It has the whole screen, and shows an engine that does not answer itself.
    #[cfg(unix)]
    let has_screen = matches!(cli.command, Some(Command::Ui(_)));
    #[cfg(not(unix))]
    let has_screen = false;
    if !has_screen {
        silence::report(tell_silence);
    }
    let despite_lints = cli.command.as_ref().is_some_and(Command::is_about_what_runs);
    let resolver = Resolver { ecosystem, resolution: cli.resolution, despite_lints };
    let done = |()| ExitCode::SUCCESS;
    let outcome = match cli.command {
        None => pm2::Pm2::default().run(&resolver).map(done),
        Some(Command::Pm2(pm2)) => pm2.run(&resolver).map(done),
        Some(Command::Launch(launch)) => launch.run(&resolver).map(done),
        Some(Command::Exec(exec)) => exec.run(&resolver),
        Some(Command::Supervisor(supervisor)) => supervisor.run(&resolver),
        Some(Command::Supvisors(supvisors)) => supvisors.run(&resolver),
        Some(Command::Graph(graph)) => graph.run(&resolver).map(done),
        Some(Command::Logs(logs)) => logs.run(&resolver).map(done),
        Some(Command::Completions(completions)) => completions.run().map(done),
        Some(Command::Man(man)) => man.run().map(done),
        Some(Command::Boot(boot)) => boot.run(&resolver),
        #[cfg(unix)]
        Some(Command::Run(run)) => run.run(&resolver),
        Some(Command::Check(check)) => check.run(&resolver),
        Some(Command::Up(up)) => up.up(&resolver),
        Some(Command::Down(down)) => down.run(&resolver),
        Some(Command::Restart(restart)) => restart.restart(&resolver),
        Some(Command::Reload(reload)) => reload.reload(&resolver),
        Some(Command::Status(status)) => status.run(&resolver),
        #[cfg(unix)]
        Some(Command::Ui(ui)) => ui.run(&resolver),
        Some(Command::Plan(plan)) => plan.run(&resolver),
        Some(Command::Apply(apply)) => apply.run(&resolver),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failed(&failure.to_string(), is_json),
    }
}

/// Says why a command failed.
fn failed(message: &str, is_json: bool) -> ExitCode {
    match is_json {
        true => progress::json(&json!({"event": "failed", "message": message})),
        false => output::error(message),
    }
    ExitCode::FAILURE
}

/// Whether the command prints objects for programs.
fn asks_for_json(matches: &ArgMatches) -> bool {
    let Some((_, command)) = matches.subcommand() else { return false };
    matches!(command.try_get_one::<bool>("json"), Ok(Some(true)))
}

impl Command {
    /// Whether it shows or ends what runs: no lint keeps anybody from that.
    fn is_about_what_runs(&self) -> bool {
        #[cfg(unix)]
        if matches!(self, Command::Ui(_)) {
            return true;
        }
        matches!(self, Command::Status(_) | Command::Logs(_) | Command::Down(_))
    }
}

/// Prints what is wrong with arguments, or the help that they ask for.
fn unusable(error: &clap::Error) -> ExitCode {
    // Help that cannot be printed is no failure of the command.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Says that an engine is waited for that does not answer.
fn tell_silence(engine: &str, since: Duration, limit: Duration) {
    let time = operations::of_limit(since, limit);
    output::note(&format!("waiting for an answer of {engine} ({time})"));
}

/// The words of other programs for a command, which are accepted; this program's own is shown.
fn tell_name(command: &Command, arguments: &[OsString]) {
    let (name, others): (&str, &[&str]) = match command {
        Command::Up(_) => ("up", &["start"]),
        Command::Down(_) => ("down", &["stop"]),
        Command::Status(_) => ("status", &["ps", "ls", "list"]),
        #[cfg(unix)]
        Command::Run(_) | Command::Ui(_) => return,
        Command::Pm2(_)
        | Command::Launch(_)
        | Command::Exec(_)
        | Command::Supervisor(_)
        | Command::Supvisors(_)
        | Command::Graph(_)
        | Command::Boot(_)
        | Command::Check(_)
        | Command::Restart(_)
        | Command::Reload(_)
        | Command::Plan(_)
        | Command::Apply(_)
        | Command::Logs(_)
        | Command::Completions(_)
        | Command::Man(_) => return,
    };
    let is = |argument: &&OsString, word: &str| argument.to_str() == Some(word);
    let first = arguments
        .iter()
        .skip(1)
        .find(|argument| is(argument, name) || others.iter().any(|other| is(argument, other)));
    if let Some(other) = first.and_then(|first| first.to_str()).filter(|first| *first != name) {
        output::note(&format!("note: `{other}` is `{name}` here"));
    }
}

/// Resolves the ecosystem for the units of a command.
struct Resolver<'e> {
    ecosystem: &'e Ecosystem,
    resolution: Resolution,
    /// Whether what lints find is no error.
    despite_lints: bool,
}

impl Resolver<'_> {
    /// The system lives until the process ends, which is right after the command: taking thousands
    /// of apps apart first would cost a tenth of the whole.
    fn resolve(&self, units: &Units) -> Result<ManuallyDrop<System>, Failure> {
        Ok(ManuallyDrop::new(self.ecosystem.resolve(&self.options(units)?)?))
    }

    /// What a command does something with on an engine, with the profile that runs unless another one
    /// is said.
    fn target(&self, units: &Units, choice: engine::Choice<'_>) -> Result<Target, Failure> {
        let options = self.options(units)?;
        let target = match self.running(&options, choice) {
            Some(running) => Target::of_running(self.ecosystem, &options, &running),
            None => Target::new(self.ecosystem, &options).map_err(TargetError::from),
        };
        let target = target.map_err(|error| self.explained_by_engine(error, &options, choice))?;
        Ok(choice.on_one_of(target))
    }

    /// As [`Resolver::target`], for commands that change nothing or take down: one for each profile
    /// that runs.
    fn targets(&self, units: &Units, choice: engine::Choice<'_>) -> Result<Vec<Target>, Failure> {
        let options = self.options(units)?;
        let targets = match self.running(&options, choice) {
            Some(running) => Target::of_each_running(self.ecosystem, &options, &running),
            None => Target::new(self.ecosystem, &options).map(|one| vec![one]),
        };
        let targets =
            targets.map_err(|error| self.explained_by_engine(error.into(), &options, choice))?;
        Ok(targets.into_iter().map(|target| choice.on_one_of(target)).collect())
    }

    /// As [`Resolver::targets`], with the profiles that units were last brought up with, for what does
    /// without PM2.
    fn remembered(&self, units: &Units, place: &dyn Place) -> Result<Vec<Target>, Failure> {
        let options = self.options(units)?;
        let owner = Target::owner_of(self.ecosystem, &options);
        let targets = match self.resolution.says_profile() || self.ecosystem.profiles().is_empty() {
            true => Target::new(self.ecosystem, &options).map(|one| vec![one]),
            false => {
                let running = operations::remembered_profiles(place, &owner);
                Target::of_each_running(self.ecosystem, &options, &running)
            }
        };
        targets.map_err(|error| explained(error.into(), &owner, place))
    }

    /// The place of the engine that is meant.
    fn place(&self, units: &Units, engine: engine::Chosen) -> Result<Box<dyn Place>, Failure> {
        let owner = Target::owner_of(self.ecosystem, &self.options(units)?);
        Ok(engine.place(&owner)?)
    }

    /// Says which profile is taken because it runs, or ran last.
    fn tell_profile(&self, target: &Target) {
        if let (false, Some(profile)) = (self.resolution.says_profile(), target.profile()) {
            let why = if target.continues() { "last used" } else { "running" };
            output::note(&format!("profile: {profile} ({why})"));
        }
    }

    /// An error, or what became of the unit that somebody has named, which the engine knows.
    fn explained_by_engine(
        &self,
        error: TargetError,
        options: &Options,
        choice: engine::Choice<'_>,
    ) -> Failure {
        let owner = Target::owner_of(self.ecosystem, options);
        match Resolver::engine(&owner, choice) {
            Some(engine) => explained(error, &owner, &*engine),
            None => error.into(),
        }
    }

    /// The profiles that run, where it matters. An engine that does not answer is reported by what follows.
    fn running(&self, options: &Options, choice: engine::Choice<'_>) -> Option<Profiles> {
        if self.resolution.says_profile() || self.ecosystem.profiles().is_empty() {
            return None;
        }
        let owner = Target::owner_of(self.ecosystem, options);
        let engine = Resolver::engine(&owner, choice)?;
        operations::profiles(&*engine, &owner).ok()
    }

    /// The engine that is meant. One that cannot be used is reported by what follows.
    fn engine(owner: &Owner, choice: engine::Choice<'_>) -> Option<Box<dyn Engine>> {
        let here = std::env::current_dir().unwrap_or_default();
        choice.engine(owner, &[&here, owner.root.as_std_path()]).ok()
    }

    fn options(&self, units: &Units) -> Result<Options, Failure> {
        // An empty variable is one that is not set.
        let root = self.resolution.root.as_ref().filter(|root| !root.as_str().is_empty());
        let root = root.map(|root| absolute(root)).transpose()?;
        let profile = self.resolution.profile().map(str::to_owned);
        let placement = self.resolution.placement();
        let (units, despite_lints) = (units.units.clone(), self.despite_lints);
        Ok(Options { root, profile, units, placement, despite_lints })
    }
}

impl Resolver<'_> {
    /// As [`Resolver::resolve`], for commands that do something with apps.
    fn apps(&self, units: &Units) -> Result<ManuallyDrop<System>, Failure> {
        let system = self.resolve(units)?;
        if system.apps.is_empty() && !units.units.is_empty() {
            return Err(Failure::not_started(units));
        }
        Ok(system)
    }
}

/// A path of the command line, relative to the directory one types in.
///
/// # Errors
///
/// The path is empty or not UTF-8.
pub fn absolute(path: &camino::Utf8Path) -> Result<Utf8PathBuf, Failure> {
    if path.as_str().is_empty() {
        return Err("the path of a file or directory is empty".into());
    }
    let absolute = std::path::absolute(path).map_err(|error| format!("{path}: {error}"))?;
    let absolute = Utf8PathBuf::from_path_buf(absolute)
        .map_err(|path| format!("{}: the path is not UTF-8", path.display()))?;
    Ok(promethean_core::paths::join(&absolute, camino::Utf8Path::new(".")))
}

fn utf8(path: PathBuf) -> Result<Utf8PathBuf, Failure> {
    Utf8PathBuf::from_path_buf(path)
        .map_err(|path| Failure::from(format!("{}: the path is not UTF-8", path.display())))
}
