//! The apps that a person names, without those they depend on.

use super::ResolveError;
use crate::app::{App, System};
use crate::suggest::nearest;

impl System {
    /// The apps that these names stand for, in the order of [`System::apps`] and each once; all
    /// apps where there are no names.
    ///
    /// A name is that of an agent, for all its services, or of one service: `duck`,
    /// `duck.cephalon`, `duck_cephalon`. What they depend on does not come along, as it does with
    /// [`Options::units`](super::Options::units).
    ///
    /// # Errors
    ///
    /// A name that no app has, with what was probably meant; and the name of an external, which has
    /// no app.
    pub fn named(&self, names: &[String]) -> Result<Vec<&App>, ResolveError> {
        if let Some(unknown) = names.iter().find(|name| !self.apps.iter().any(|app| is(app, name)))
        {
            return Err(self.not_an_app(unknown));
        }
        let wanted = |app: &&App| names.is_empty() || names.iter().any(|name| is(app, name));
        Ok(self.apps.iter().filter(wanted).collect())
    }

    fn not_an_app(&self, name: &str) -> ResolveError {
        if self.external(name).is_some() {
            return ResolveError::NotStarted { name: name.to_owned() };
        }
        let agents = self.agents.keys().map(ToString::to_string);
        let known: Vec<String> =
            agents.chain(self.apps.iter().map(|app| app.name.to_string())).collect();
        let services =
            self.apps.iter().filter_map(|app| Some((app.agent.as_deref()?, &*app.short_name)));
        let meant = meant_unit(name, &known, services);
        ResolveError::UnknownUnit { name: name.to_owned(), meant, known }
    }
}

/// The units that are probably meant by a name that none has. `services` are those of agents, with the agent's name.
pub(super) fn meant_unit<'s>(
    name: &str,
    known: &[String],
    services: impl Iterator<Item = (&'s str, &'s str)>,
) -> Vec<String> {
    const MOST: usize = 3;
    let services: Vec<(&str, &str)> = services.collect();
    let of_agents = |short: &str| {
        let of = services.iter().filter(|(_, service)| *service == short);
        of.take(MOST).map(|(agent, service)| format!("{agent}.{service}")).collect::<Vec<_>>()
    };
    let exact = of_agents(name);
    if !exact.is_empty() {
        return exact;
    }
    if let Some(nearest) = nearest(name, known.iter().map(String::as_str)) {
        return vec![nearest.to_owned()];
    }
    nearest(name, services.iter().map(|(_, service)| *service)).map(of_agents).unwrap_or_default()
}

/// Whether a name stands for an app, alone or with others of its agent.
fn is(app: &App, name: &str) -> bool {
    let of_agent = |agent: &str| {
        let rest = name.strip_prefix(agent)?;
        Some(rest.is_empty() || rest.strip_prefix('.') == Some(app.short_name.as_str()))
    };
    app.name == name || app.agent.as_deref().and_then(of_agent) == Some(true)
}
