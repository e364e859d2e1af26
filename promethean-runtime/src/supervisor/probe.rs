//! Probes that the engine tries: `alive`, and `ready` of what restarts others with it.
//!
//! A probe blocks, and may run a program: this program tries it in another process, which gets the
//! variables through its standard input.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::app::App;
use promethean_core::probe;
use serde::{Deserialize, Serialize};

use crate::engine::users;
use crate::readiness::{self, Environment, LogWatch, Surroundings};

/// A probe of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What is tried.
    test: Test,
    /// The pause between two tries.
    pub interval: Duration,
    /// How long one try may take, or if it is tried until it succeeds, all.
    pub timeout: Duration,
    /// The numbers of the user and the group that run programs.
    user: Option<(u32, u32)>,
}

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Test {
    Tcp(String),
    Http { url: String, status: Option<u16> },
    Exec { program: String, args: Vec<String> },
}

/// What another process tries.
#[derive(Serialize, Deserialize)]
pub(super) struct Trial {
    pub(super) probe: Probe,
    /// Whether it is tried until it succeeds.
    pub(super) waits: bool,
    pub(super) directory: Utf8PathBuf,
    pub(super) environment: BTreeMap<String, String>,
}

/// What has come of it: why it has failed, in our words.
pub(super) type Outcome = Result<(), String>;

impl Probe {
    /// The probe `alive` of an app.
    #[must_use]
    pub fn alive(app: &App) -> Option<Probe> {
        let probe::Alive { test, interval, timeout, failures: _ } = app.alive.as_ref()?;
        Probe::of(app, test, *interval, *timeout)
    }

    /// The probe `ready` of an app, if it is not about its log, which only a client follows.
    #[must_use]
    pub fn ready(app: &App) -> Option<Probe> {
        let probe::Probe { test, interval, timeout } = app.ready.as_ref()?;
        Probe::of(app, test, *interval, *timeout)
    }

    /// The same without its user, who is that of the app.
    #[must_use]
    pub fn of_anyone(self) -> Probe {
        Probe { user: None, ..self }
    }

    fn of(app: &App, test: &probe::Test, interval: Duration, timeout: Duration) -> Option<Probe> {
        let test = match test {
            probe::Test::Tcp(address) => Test::Tcp(address.to_string()),
            probe::Test::Http { url, status } => {
                Test::Http { url: url.to_string(), status: *status }
            }
            probe::Test::Exec { program, args } => Test::Exec {
                program: program.to_string(),
                args: args.iter().map(ToString::to_string).collect(),
            },
            probe::Test::Log(_) => return None,
        };
        let user = users::of(app).map(|user| (user.uid, user.gid));
        Some(Probe { test, interval, timeout, user })
    }
}

impl Test {
    fn known(self) -> probe::Test {
        match self {
            Test::Tcp(address) => probe::Test::Tcp(address.into()),
            Test::Http { url, status } => probe::Test::Http { url: url.into(), status },
            Test::Exec { program, args } => probe::Test::Exec {
                program: program.into(),
                args: args.into_iter().map(Into::into).collect(),
            },
        }
    }
}

/// Tries what standard input says, and writes what has come of it.
pub(super) fn play() -> ExitCode {
    let mut written = Vec::new();
    if std::io::stdin().read_to_end(&mut written).is_err() {
        return ExitCode::FAILURE;
    }
    let Ok(trial) = serde_json::from_slice::<Trial>(&written) else { return ExitCode::FAILURE };
    let outcome = trial.carry_out();
    let text = serde_json::to_vec(&outcome).unwrap_or_default();
    match std::io::stdout().write_all(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

impl Trial {
    fn carry_out(self) -> Outcome {
        let Trial { probe, waits, directory, environment } = self;
        let Probe { test, interval, timeout, user } = probe;
        let mut surroundings = Surroundings {
            directory,
            environment: Environment(environment.into_iter().collect()),
            user,
            logs: LogWatch::default(),
        };
        let test = test.known();
        if waits {
            let probe = probe::Probe { test, timeout, interval };
            return readiness::wait(&probe, &mut surroundings, &|| false)
                .map_err(|_| format!("it is not ready after {timeout:?}"));
        }
        // What servers and programs say may have secrets in it.
        readiness::try_once(&test, &mut surroundings, timeout)
            .map_err(|refusal| refusal.words().to_owned())
    }
}
