//! The target of an operation: a system, and the named units.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use camino::Utf8PathBuf;
use promethean_core::app::{App, System};
use promethean_core::ecosystem::Ecosystem;
use promethean_core::resolve::{Options, ResolveError};
use smol_str::SmolStr;

use super::elsewhere::Engines;
use crate::engine::{Declared, Owner};

/// A system and the units that an operation works on.
#[derive(Clone, Debug)]
pub struct Target {
    system: System,
    owner: Owner,
    /// The apps of the units that were named; `None` where none were, which is all of them.
    named: Option<HashSet<SmolStr>>,
    /// Whether it is about all units.
    whole: bool,
    /// Whether what runs with another profile may get that of the target.
    changes_profile: bool,
    /// Whether its profile is that of apps which have ended with their engine.
    continues: bool,
    /// How long to wait for what has to complete.
    completion: Duration,
    /// How long to wait for externals.
    externals: Duration,
    /// Says when to end early.
    interruption: Arc<AtomicBool>,
    /// The engines that it may run on.
    engines: Option<Arc<dyn Engines>>,
}

impl Target {
    /// How long to wait by default for apps that must complete.
    pub const COMPLETION: Duration = Duration::from_secs(10 * 60);

    /// Resolves an ecosystem for an operation on the units of the options, or on all.
    ///
    /// # Errors
    ///
    /// As [`Ecosystem::resolve`], and as [`System::named`].
    pub fn new(ecosystem: &Ecosystem, options: &Options) -> Result<Target, ResolveError> {
        let system = ecosystem.resolve_whole(options)?;
        let named = match options.units.as_slice() {
            [] => None,
            units => Some(system.named(units)?.into_iter().map(|app| app.name.clone()).collect()),
        };
        Ok(Target {
            owner: owner(ecosystem, system.root.clone()),
            system,
            whole: named.is_none(),
            named,
            changes_profile: false,
            continues: false,
            completion: Target::COMPLETION,
            externals: Duration::ZERO,
            interruption: Arc::default(),
            engines: None,
        })
    }

    /// Identifies the ecosystem as the owner of its apps.
    #[must_use]
    pub fn owner_of(ecosystem: &Ecosystem, options: &Options) -> Owner {
        owner(ecosystem, ecosystem.root(options))
    }

    /// Confirms that apps with another profile change to that of the target. Without this, such an
    /// operation fails with [`OperationError::Profile`](super::OperationError::Profile).
    #[must_use]
    pub fn changing_profile(self) -> Target {
        Target { changes_profile: true, ..self }
    }

    pub(super) fn changes_profile(&self) -> bool {
        self.changes_profile
    }

    /// Says whether its profile is that of apps which have ended with their engine.
    pub(super) fn continuing(self, continues: bool) -> Target {
        Target { continues, ..self }
    }

    /// Whether its profile is that of apps which have ended with their engine.
    pub(crate) fn continues(&self) -> bool {
        self.continues
    }

    /// Sets how long to wait for apps that must complete; [`Target::COMPLETION`] by default.
    #[must_use]
    pub fn waiting(self, completion: Duration) -> Target {
        Target { completion, ..self }
    }

    /// Sets how long to wait for externals that are not available yet; not at all by default.
    #[must_use]
    pub fn waiting_for_externals(self, externals: Duration) -> Target {
        Target { externals, ..self }
    }

    /// Ends operations when this becomes true: nothing more is started or stopped, what was started keeps
    /// running, and the operation fails with
    /// [`OperationError::Interrupted`](super::OperationError::Interrupted).
    #[must_use]
    pub fn interrupted_by(self, interruption: Arc<AtomicBool>) -> Target {
        Target { interruption, ..self }
    }

    /// Sets the engines of this machine that it may run on: what runs on one is not started on another.
    #[must_use]
    pub fn on_one_of(self, engines: Arc<dyn Engines>) -> Target {
        Target { engines: Some(engines), ..self }
    }

    pub(super) fn engines(&self) -> Option<&dyn Engines> {
        self.engines.as_deref()
    }

    /// Whether to end early.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interruption.load(Ordering::Relaxed)
    }

    pub(super) fn patience_with_externals(&self) -> Duration {
        self.externals
    }

    pub(crate) fn completion(&self) -> Duration {
        self.completion
    }

    /// The profile that it is resolved for.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.system.profile.as_deref()
    }

    /// The same with some of the units that were named.
    pub(super) fn only(self, keep: impl Fn(&str) -> bool) -> Target {
        let named = self.named().map(|app| app.name.clone()).filter(|name| keep(name)).collect();
        Target { named: Some(named), ..self }
    }

    /// The whole system.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The owner of its apps.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Whether it is about all units.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The apps of the units that were named, in the order of their dependencies.
    pub fn named(&self) -> impl Iterator<Item = &App> {
        let named = |app: &&App| self.named.as_ref().is_none_or(|named| named.contains(&app.name));
        self.system.apps.iter().filter(named)
    }

    /// The system of the units that were named and all they depend on.
    #[must_use]
    pub fn wanted(&self) -> System {
        let mut wanted: HashSet<&str> = self.named().map(|app| app.name.as_str()).collect();
        // Each app is after those it depends on.
        for app in self.system.apps.iter().rev() {
            if wanted.contains(app.name.as_str()) {
                wanted.extend(app.depends_on.iter().map(|dependency| dependency.on.as_str()));
            }
        }
        let mut system = self.system.clone();
        if self.named.is_some() {
            system.apps.retain(|app| wanted.contains(app.name.as_str()));
            system.externals.retain(|external| wanted.contains(external.name.as_str()));
        }
        system
    }
}

fn owner(ecosystem: &Ecosystem, root: Utf8PathBuf) -> Owner {
    let (name, declared) = match &ecosystem.declaration().name {
        Some(name) => (name.to_string(), None),
        None => {
            let item = ecosystem.item().map(str::to_owned);
            let declared = Declared { directory: ecosystem.directory().into(), item };
            (ecosystem.place().file.to_owned(), Some(declared))
        }
    };
    Owner { name, root, declared }
}
