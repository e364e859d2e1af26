//! What PM2 is told of an app: its attributes, its whole environment, and what to remember.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use promethean_core::app::{App, System, Variable};
use promethean_core::emit;
use promethean_core::secrets::{Environment, EnvironmentError, Reader, Redaction};
use serde_json::{Map, Value};

use crate::logs;
use crate::pm2::{self, Home, Owner, Record, Start, environment};

/// An app as it is written now.
#[derive(Debug)]
pub(super) struct Definition<'s> {
    pub(super) app: &'s App,
    /// The attributes, under PM2's names, without the copies that only PM2's validator needs.
    pub(super) attributes: Map<String, Value>,
    /// The variables that its definition gives it.
    pub(super) environment: Environment,
    /// The variable that PM2 sets to the app's `port`.
    pub(super) port: Option<String>,
}

impl<'s> Definition<'s> {
    /// The definitions of all apps of a system.
    ///
    /// # Errors
    ///
    /// All that their environments lack.
    pub(super) fn all(system: &'s System) -> Result<Vec<Definition<'s>>, EnvironmentError> {
        let environments = Reader::new().environments(system)?;
        let apps = system.apps.iter().zip(environments);
        Ok(apps.map(|(app, environment)| Definition::new(app, environment)).collect())
    }

    /// The definition of an app with the environment that was read for it.
    pub(super) fn new(app: &'s App, environment: Environment) -> Definition<'s> {
        let mut attributes = emit::definition(app);
        attributes.retain(|name, _| !is_copy(name, app));
        let port = app.port().map(|port| port.to_string());
        Definition { app, attributes, environment, port }
    }

    /// The variables that its definition gives it, with PM2's own.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let port = self.port.as_deref().map(|port| (PORT, port));
        let written = self.environment.iter();
        written.filter(|(name, _)| self.port.is_none() || *name != PORT).chain(port)
    }

    /// Whether the value of a variable may be shown.
    pub(super) fn is_public(&self, name: &str) -> bool {
        name == PORT && self.port.is_some()
            || matches!(self.app.env.get(name), Some(Variable::Plain(_)))
    }

    /// The values that nothing may show which somebody else writes: an error, a log.
    pub(super) fn hidden(&self, redaction: &mut Redaction) {
        for (name, value) in self.variables().filter(|(name, _)| !self.is_public(name)) {
            redaction.hide(name, value);
        }
    }

    /// How many processes it has; `None` where PM2 decides.
    pub(super) fn processes(&self, processors: usize) -> Option<usize> {
        // PM2's `God.prepare` counts in this way.
        self.app.instances().map_or(Some(1), |instances| instances.on(processors))
    }

    /// What is sent to PM2.
    pub(super) fn start(
        &self,
        home: &Home,
        owner: &Owner,
        profile: Option<&str>,
        logs: Logs,
    ) -> Start {
        let text = |(name, value): (&str, &str)| (name.to_owned(), Value::from(value));
        let mut environment: Map<String, Value> =
            environment::base(home).map(|(name, value)| (name, Value::from(value))).collect();
        environment.extend(self.variables().map(text));
        let public = self.variables().map(|(name, _)| name).filter(|name| self.is_public(name));
        let mut app = emit::definition(self.app);
        app.extend(pm2::told(self.app, home));
        Start {
            app,
            environment,
            record: Record {
                owner: owner.clone(),
                profile: profile.map(str::to_owned),
                agent: self.app.agent.as_ref().map(ToString::to_string),
                directory: self.app.directory.clone(),
                definition: self.attributes.clone(),
                public: public.map(str::to_owned).collect(),
                depends_on: self.app.depends_on.iter().map(|on| on.on.to_string()).collect(),
                logs,
            },
        }
    }
}

/// PM2 sets it to the app's `port` (`prepareAppConf` in `lib/Common.js`).
const PORT: &str = "PORT";

/// How long logs are, in bytes.
pub(super) type Logs = BTreeMap<Utf8PathBuf, u64>;

/// How long the logs of an app are now that are there already.
pub(super) fn lengths_of_logs(app: &App, home: &Home) -> Logs {
    let length = |path: Utf8PathBuf| {
        let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        (path, length)
    };
    let Some(home) = Utf8Path::from_path(home.path()) else { return Logs::new() };
    logs::files(app, home).into_iter().map(|file| length(file.path)).collect()
}

/// Whether a name is the camelCase copy of an attribute's, which PM2's validator needs.
fn is_copy(name: &str, app: &App) -> bool {
    name.contains(|character: char| character.is_ascii_uppercase())
        && app.settings.iter().all(|(attribute, _)| attribute.name != name)
}
