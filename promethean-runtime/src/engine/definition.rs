//! The current definition of an app, and what an engine needs to start it.

use std::collections::BTreeMap;
use std::fs;

use camino::Utf8PathBuf;
use promethean_core::app::{App, System, Variable};
use promethean_core::emit;
use promethean_core::endpoint::PORT;
use promethean_core::secrets::{Environment, EnvironmentError, Reader, Redaction};
use serde_json::{Map, Value};

use super::{Engine, ListensAt, Owner, Record, User};

/// The current definition of an app.
#[derive(Debug)]
pub struct Definition<'s> {
    /// The app.
    pub app: &'s App,
    /// The attributes that are compared with what runs, under the engine's names.
    pub attributes: Map<String, Value>,
    /// The variables of its definition.
    pub environment: Environment,
    /// The variable that is set to the app's `port`.
    port: Option<String>,
}

/// An app to start.
#[derive(Debug)]
pub struct Start {
    /// Its attributes, under the engine's names.
    pub attributes: Map<String, Value>,
    /// All variables of its processes except the engine's own.
    pub environment: Map<String, Value>,
    /// The record that the engine keeps.
    pub record: Record,
}

impl<'s> Definition<'s> {
    /// The definitions of all apps of a system.
    ///
    /// # Errors
    ///
    /// Variables are missing; the error lists all.
    pub fn all(
        engine: &dyn Engine,
        system: &'s System,
    ) -> Result<Vec<Definition<'s>>, EnvironmentError> {
        let environments = Reader::new().environments(system)?;
        let apps = system.apps.iter().zip(environments);
        Ok(apps.map(|(app, environment)| engine.definition(app, environment)).collect())
    }

    /// The definition of an app with the environment that was read for it: its attributes under PM2's names,
    /// without the copies that only PM2's validator needs.
    #[must_use]
    pub fn under_pm2s_names(app: &'s App, environment: Environment) -> Definition<'s> {
        let mut attributes = emit::definition(app);
        attributes.retain(|name, _| !is_copy(name, app));
        Definition::new(app, attributes, environment)
    }

    /// An app with its attributes, under the engine's names, and the environment that was read for it.
    #[must_use]
    pub fn new(
        app: &'s App,
        attributes: Map<String, Value>,
        environment: Environment,
    ) -> Definition<'s> {
        let port = app.port().map(|port| port.to_string());
        Definition { app, attributes, environment, port }
    }

    /// The variables that its definition gives it, with that of its `port`.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let port = self.port.as_deref().map(|port| (PORT, port));
        let written = self.environment.iter();
        written.filter(|(name, _)| self.port.is_none() || *name != PORT).chain(port)
    }

    /// The value from which `increment_var` counts up, where that may be shown: what is not set counts from 0.
    #[must_use]
    pub fn counts_from(&self) -> Option<&str> {
        let counter = self.app.increment_var()?;
        match self.variables().find(|(name, _)| *name == counter) {
            Some((name, value)) => self.is_public(name).then_some(value),
            None => Some("0"),
        }
    }

    /// Whether the value of a variable may be shown.
    pub fn is_public(&self, name: &str) -> bool {
        name == PORT && self.port.is_some()
            || matches!(self.app.env.get(name), Some(Variable::Plain(_)))
    }

    /// Whether the value of a variable is that of whoever runs the command.
    #[must_use]
    pub fn is_inherited(&self, name: &str) -> bool {
        let variable = self.app.env.get(name);
        variable.is_some_and(|variable| variable.reads_inherited() && !variable.reads_secrets())
    }

    /// The secret values to hide in external text, such as errors and logs.
    pub fn hidden(&self, redaction: &mut Redaction) {
        for (name, value) in self.variables() {
            if !self.is_public(name) && !self.is_default(name, value) {
                redaction.hide(name, value);
            }
        }
    }

    /// Whether a value is the one that is written for a variable that nobody has set.
    fn is_default(&self, name: &str, value: &str) -> bool {
        let Some(Variable::Read(sources)) = self.app.env.get(name) else { return false };
        sources.defaults().any(|default| default == value)
    }

    /// How many processes it has; `None` if the engine decides.
    pub fn processes(&self, processors: usize) -> Option<usize> {
        self.app.instances().map_or(Some(1), |instances| instances.on(processors))
    }

    /// What a session needs to start it.
    pub fn start(&self, engine: &dyn Engine, owner: &Owner, profile: Option<&str>) -> Start {
        let text = |(name, value): (&str, &str)| (name.to_owned(), Value::from(value));
        let base = engine.environment().into_iter();
        let mut environment: Map<String, Value> =
            base.map(|(name, value)| (name, Value::from(value))).collect();
        // The base is that of whoever runs the command.
        let user = engine.user(self.app);
        environment.extend(user.iter().flat_map(User::variables).map(text));
        environment.extend(self.variables().map(text));
        let public = self.variables().map(|(name, _)| name).filter(|name| self.is_public(name));
        Start {
            attributes: engine.attributes(self.app),
            environment,
            record: Record {
                owner: owner.clone(),
                profile: profile.map(str::to_owned),
                agent: self.app.agent.as_ref().map(ToString::to_string),
                directory: self.app.directory.clone(),
                definition: self.attributes.clone(),
                public: public.map(str::to_owned).collect(),
                written: self.variables().map(|(name, _)| name.to_owned()).collect(),
                counts_from: self.counts_from().map(str::to_owned),
                depends_on: self.app.depends_on.iter().map(|on| on.on.to_string()).collect(),
                logs: lengths_of_logs(engine, self.app),
                endpoints: Some(self.app.endpoints.iter().map(ListensAt::from).collect()),
            },
        }
    }
}

/// How long logs are, in bytes.
pub type Lengths = BTreeMap<Utf8PathBuf, u64>;

/// How long the logs of an app are now that are there already.
fn lengths_of_logs(engine: &dyn Engine, app: &App) -> Lengths {
    let length = |path: Utf8PathBuf| {
        let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        (path, length)
    };
    engine.logs(&[app]).into_iter().map(|file| length(file.path)).collect()
}

/// Whether a name is the camelCase copy of an attribute's, which PM2's validator needs.
fn is_copy(name: &str, app: &App) -> bool {
    name.contains(|character: char| character.is_ascii_uppercase())
        && app.settings.iter().all(|(attribute, _)| attribute.name != name)
}
