//! A configuration for [Supvisors](https://github.com/julien6387/supvisors) 0.19: Supervisor on several
//! machines.
//!
//! Each machine has a `supervisord.conf` with what can run on it. One rules file says in which order
//! programs start, on which machines, and what happens to those of a machine that is lost. As in
//! [`super::supervisord`], programs are `exec --wait UNIT`, and nothing secret is written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;

use smol_str::SmolStr;

use super::WRITTEN;
use super::supervisord::{How, Unwritable, log_directories, processes, program, stages, unsaid_of};
use crate::app::{App, Instances, Machine, System};
use crate::declaration::Condition;

/// The files, and what they cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supvisors<'s> {
    /// The files, each with its path from the directory of all of them.
    pub files: Vec<(String, String)>,
    /// What Supervisor does not do, each with the apps that have it.
    pub unsaid: BTreeMap<&'static str, Vec<&'s str>>,
    /// The machines whose host is an address, of which Supvisors looks up a name.
    pub addresses: Vec<&'s Machine>,
}

/// How the machines are set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'s> {
    /// The ecosystem's own program: an absolute path, or one from the root on each machine.
    pub program: &'s str,
    /// The port on which the machines talk to each other.
    pub port: u16,
    /// Whether they ask each other for a password.
    pub has_password: bool,
    /// The name of all programs together.
    pub application: &'s str,
}

/// The user whose password the machines ask for.
pub const USER: &str = "promethean";

/// The port on which the machines talk to each other, where no other one is chosen.
pub const PORT: u16 = 60_000;

/// The name of all programs of a system without a name.
const APPLICATION: &str = "system";

/// The name that Supvisors has for all programs of a system together.
#[must_use]
pub fn application(system: &System) -> &str {
    system.name.as_deref().unwrap_or(APPLICATION)
}

/// The names that Supvisors has for the processes of an app.
#[must_use]
pub fn process_names(app: &App) -> Vec<String> {
    // How many processors the machine has is not known here.
    match processes(app, 1) {
        0 | 1 => vec![app.name.to_string()],
        count => (0..count).map(|number| format!("{}-{number}", app.name)).collect(),
    }
}

/// The version that the files are for.
pub const VERSION: &str = "0.19";

/// What pip has to install beside it: Supervisor imports `pkg_resources`, which newer versions of setuptools
/// no longer have.
pub const SETUPTOOLS: &str = "setuptools<81";

/// The variable of `supervisord` that holds the password.
pub const PASSWORD: &str = "SUPVISORS_PASSWORD";

/// Why nothing can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupvisorsError {
    /// A value that no configuration can hold.
    Unwritable(Unwritable),
    /// A name that Supervisor does not take.
    Name(String),
    /// A host that Supvisors does not take.
    Host(String),
    /// An app that listens on the port of Supervisor.
    Port {
        /// The app.
        app: String,
        /// The port.
        port: u16,
    },
    /// There is no machine.
    NoMachine,
}

impl fmt::Display for SupvisorsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SupvisorsError::Unwritable(unwritable) => unwritable.fmt(formatter),
            SupvisorsError::Name(name) => write!(
                formatter,
                "Supervisor does not take {name:?} for a name: it has only letters, digits, `_`, `-` and `.`"
            ),
            SupvisorsError::Host(host) => write!(
                formatter,
                "Supvisors does not take {host:?} for a host: it has only letters, digits, `_`, `-` and `.`"
            ),
            SupvisorsError::Port { app, port } => write!(
                formatter,
                "{app} listens on port {port}, on which the machines talk to each other: choose another one with `--port`"
            ),
            SupvisorsError::NoMachine => formatter.write_str("the system has no machine"),
        }
    }
}

impl std::error::Error for SupvisorsError {}

impl From<Unwritable> for SupvisorsError {
    fn from(unwritable: Unwritable) -> SupvisorsError {
        SupvisorsError::Unwritable(unwritable)
    }
}

/// The files of a system. `each` has what runs on each machine, with the paths of that machine, in the
/// order of the system's machines.
///
/// # Errors
///
/// A name, a host or a value cannot be written.
pub fn supvisors<'s>(
    system: &'s System,
    each: &[System],
    setup: Setup<'_>,
) -> Result<Supvisors<'s>, SupvisorsError> {
    if system.machines.is_empty() {
        return Err(SupvisorsError::NoMachine);
    }
    let names = system.machines.iter().map(|machine| &machine.name);
    for name in names.chain(system.apps.iter().map(|app| &app.name)) {
        if !is_plain(name) {
            return Err(SupvisorsError::Name(name.to_string()));
        }
    }
    if !is_plain(setup.application) {
        return Err(SupvisorsError::Name(setup.application.to_owned()));
    }
    if let Some(machine) = system.machines.iter().find(|machine| !is_plain(&machine.host)) {
        return Err(SupvisorsError::Host(machine.host.to_string()));
    }
    let listens = |app: &&App| app.endpoints.iter().any(|endpoint| endpoint.port == setup.port);
    if let Some(app) = each.iter().flat_map(|here| &here.apps).find(listens) {
        return Err(SupvisorsError::Port { app: app.name.to_string(), port: setup.port });
    }
    let mut files = Vec::new();
    for (machine, here) in system.machines.iter().zip(each) {
        let text = configuration(system, machine, here, setup)?;
        files.push((format!("{}/supervisord.conf", machine.name), text));
    }
    files.push(("rules.xml".to_owned(), rules(system, setup)));
    files.push(("README.md".to_owned(), readme(system, each, setup)));
    let mut unsaid: BTreeMap<&'static str, Vec<&'s str>> = BTreeMap::new();
    for app in &system.apps {
        let mut of_app = unsaid_of(app);
        // Supvisors waits for the end of a program.
        of_app.retain(|what| *what != "depends_on … (completed)");
        if matches!(app.instances(), Some(Instances::ForEachProcessor { .. })) {
            of_app.push("instances max");
        }
        for what in of_app {
            unsaid.entry(what).or_default().push(&app.name);
        }
    }
    Ok(Supvisors { files, unsaid, addresses: with_addresses(system).collect() })
}

/// The machines whose host is an address: Supvisors asks for a name of it (`socket.gethostbyaddr` in
/// `supvisors/internal_com/mapper.py`), and does not start where there is none.
fn with_addresses(system: &System) -> impl Iterator<Item = &Machine> {
    system.machines.iter().filter(|machine| machine.host.parse::<Ipv4Addr>().is_ok())
}

/// What `identifier`, a host and the name of a program can be (`PATTERN` in
/// `supvisors/internal_com/mapper.py`).
fn is_plain(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    !name.is_empty() && name.chars().all(plain)
}

/// The configuration of one machine.
fn configuration(
    system: &System,
    machine: &Machine,
    here: &System,
    setup: Setup<'_>,
) -> Result<String, SupvisorsError> {
    let Machine { name, .. } = machine;
    let list: Vec<String> = system
        .machines
        .iter()
        .map(|machine| format!("<{}>{}:{}", machine.name, machine.host, setup.port))
        .collect();
    let mut text = format!(
        "; {WRITTEN} for the machine {name}. Change the ecosystem and write this file again.\n\n\
         [supervisord]\n\
         identifier={name}\n\
         logfile=%(here)s/supervisord.log\n\
         pidfile=%(here)s/supervisord.pid\n\n\
         [unix_http_server]\n\
         file=%(here)s/supervisor.sock\n\
         chmod=0700\n\n\
         ; The other machines reach it here.\n\
         [inet_http_server]\n\
         port=0.0.0.0:{}\n",
        setup.port
    );
    if setup.has_password {
        let _ = write!(
            text,
            "; Who runs supervisord sets {PASSWORD}; no program sees it.\n\
             username={USER}\n\
             password=%(ENV_{PASSWORD})s\n"
        );
    }
    let _ = write!(
        text,
        "\n\
         [rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\n\
         [rpcinterface:supvisors]\n\
         supervisor.rpcinterface_factory = supvisors.plugin:make_supvisors_rpcinterface\n\
         supvisors_list={}\n\
         rules_files=%(here)s/../rules.xml\n\
         ; Start without a machine that is not there after this many seconds.\n\
         synchro_options=STRICT,TIMEOUT\n\
         synchro_timeout=20\n\
         ; Of two copies, which there are when a lost machine comes back, the older one is stopped.\n\
         conciliation_strategy=SENICIDE\n\
         starting_strategy=LESS_LOADED\n\n\
         [ctlplugin:supvisors]\n\
         supervisor.ctl_factory = supvisors.supvisorsctl:make_supvisors_controller_plugin\n\n\
         [supervisorctl]\n\
         serverurl=unix://%(here)s/supervisor.sock\n\n\
         ; Programs that are not of this system.\n\
         [include]\n\
         files=conf.d/*.conf\n",
        list.join(",")
    );
    let path = match &machine.root {
        Some(root) if !setup.program.starts_with('/') => root.join(setup.program).into_string(),
        None if !setup.program.starts_with('/') => here.root.join(setup.program).into_string(),
        Some(_) | None => setup.program.to_owned(),
    };
    let mut invocation = vec![path.as_str(), "--machine", name.as_str()];
    if machine.root.is_none() {
        invocation.extend(["--root", here.root.as_str()]);
    }
    match system.profile.as_deref() {
        Some(profile) => invocation.extend(["--profile", profile]),
        None => invocation.push("--no-profile"),
    }
    let stages = stages(system);
    for app in &here.apps {
        let stage = stages.get(app.name.as_str()).copied().unwrap_or_default();
        // How many processors the machine has is not known here.
        let processes = processes(app, 1);
        text.push('\n');
        let how = How { invocation: &invocation, stage, processes, by_itself: false };
        program(app, how, &mut text)?;
    }
    let programs: Vec<&str> = here.apps.iter().map(|app| app.name.as_str()).collect();
    if !programs.is_empty() {
        let _ = write!(text, "\n[group:{}]\nprograms={}\n", setup.application, programs.join(","));
    }
    Ok(text)
}

/// The rules of all machines.
fn rules(system: &System, setup: Setup<'_>) -> String {
    /// The sequences of Supvisors are bytes with a sign.
    const LAST: usize = 127;
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n\
         <!-- {WRITTEN}. Change the ecosystem and write this file again. -->\n\
         <root>\n  \
         <application name=\"{}\">\n    \
         <start_sequence>1</start_sequence>\n    \
         <starting_strategy>LESS_LOADED</starting_strategy>\n    \
         <starting_failure_strategy>CONTINUE</starting_failure_strategy>\n    \
         <programs>\n",
        setup.application
    );
    let stages = stages(system);
    for app in &system.apps {
        let stage = match app.starts_by_itself() {
            true => stages.get(app.name.as_str()).copied().unwrap_or(1).min(LAST),
            false => 0,
        };
        let name = match processes(app, 1) {
            0 | 1 => format!("name=\"{}\"", app.name),
            _ => format!("pattern=\"^{}-[0-9]+$\"", app.name.replace('.', "\\.")),
        };
        let machines: Vec<&str> = app.machines.iter().map(SmolStr::as_str).collect();
        let restarts = app.restart_policy().restarts;
        let lost = if restarts { "RESTART_PROCESS" } else { "CONTINUE" };
        let _ = write!(
            text,
            "      <program {name}>\n        \
             <identifiers>{}</identifiers>\n        \
             <start_sequence>{stage}</start_sequence>\n        \
             <required>{}</required>\n",
            machines.join(","),
            stage > 0 && restarts
        );
        if is_waited_for(system, app) {
            text.push_str("        <wait_exit>true</wait_exit>\n");
        }
        let _ = write!(
            text,
            "        <running_failure_strategy>{lost}</running_failure_strategy>\n      </program>\n"
        );
    }
    text.push_str("    </programs>\n  </application>\n</root>\n");
    text
}

/// Whether something starts when the app has ended.
fn is_waited_for(system: &System, app: &App) -> bool {
    let mut dependencies = system.apps.iter().flat_map(|other| &other.depends_on);
    dependencies.any(|on| on.on == app.name && on.condition == Condition::Completed)
}

/// What to type on each machine.
fn readme(system: &System, each: &[System], setup: Setup<'_>) -> String {
    let mut text = format!(
        "# {} on several machines\n\n\
         {WRITTEN}. Change the ecosystem and write this directory again.\n\n\
         Each machine needs this directory, the code and the program of the system, the secrets of what runs \
         on it, and Supervisor with Supvisors in a Python from 3.9 to 3.12:\n\n\
         ```sh\n\
         python3 -m venv ~/supvisors && ~/supvisors/bin/pip install supvisors=={VERSION} '{SETUPTOOLS}'\n\
         ```\n\n\
         The hosts must be names that each machine resolves to their addresses in the network, its own not \
         to 127.0.0.1.\n",
        setup.application
    );
    if with_addresses(system).next().is_some() {
        text.push_str(
            "\nSupvisors looks up a name for each address. Where DNS has none, each machine needs these lines in \
             `/etc/hosts`, or Supervisor does not start (`unknown address` in its log):\n\n```text\n",
        );
        for Machine { name, host, .. } in with_addresses(system) {
            let _ = writeln!(text, "{host} {name}");
        }
        text.push_str("```\n\n");
    }
    if setup.has_password {
        let _ = writeln!(
            text,
            "The machines ask each other for a password: set the same {PASSWORD} everywhere before you start."
        );
    }
    for (machine, here) in system.machines.iter().zip(each) {
        let Machine { name, host, .. } = machine;
        let config = format!("{name}/supervisord.conf");
        let _ = write!(text, "\n## {name} ({host})\n\n```sh\n");
        let logs = log_directories(here);
        if !logs.is_empty() {
            let logs: Vec<Cow<'_, str>> =
                logs.iter().map(|directory| word(directory.as_str())).collect();
            let _ = writeln!(text, "mkdir -p {}    # once, for the logs", logs.join(" "));
        }
        let _ = write!(
            text,
            "\
             ~/supvisors/bin/supervisord -c {config}                  # start\n\
             ~/supvisors/bin/supervisorctl -c {config} sstatus        # what runs where\n\
             ~/supvisors/bin/supervisorctl -c {config} shutdown       # stop what runs on {name}\n\
             ```\n"
        );
    }
    text
}

/// A word of a shell. No path has a NUL.
fn word(text: &str) -> Cow<'_, str> {
    shlex::try_quote(text).unwrap_or(Cow::Borrowed(text))
}
