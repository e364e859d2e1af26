//! Resolution: from ecosystems to apps.
//!
//! 1. `scope` opens the ecosystem and those it uses, includes and depends on.
//! 2. `units` finds the services and externals that belong to the system, and who waits for whom.
//! 3. `layers` lays the blocks of a service over each other; the more specific value wins.
//! 4. `service` turns the result into an app, `program` decides what runs, `endpoints` where it listens,
//!    `probes` what tells that it is ready, `evaluate` what expressions give, `machines` where that can be.
//! 5. `order` puts the apps behind what they depend on; `watch` keeps logs from restarting
//!    those who watch;
//! 6. `check_resolved` checks the apps: values of expressions, and over ecosystems;
//! 7. `select` picks apps of the finished system, without what they depend on.

mod check_resolved;
mod endpoints;
mod error;
mod evaluate;
mod layers;
mod machines;
mod order;
mod probes;
mod program;
mod scope;
mod select;
mod service;
mod text;
mod units;
mod watch;

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};
use smol_str::SmolStr;

pub use error::{Located, ResolveError};

use crate::app::System;
use crate::ecosystem::Ecosystem;
use crate::problem::Rule;
use layers::Layering;
use machines::Machines;
use scope::Scopes;
use units::Units;

/// What an ecosystem is resolved for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// An absolute root in place of the ecosystem's own. Included ecosystems whose root is in the
    /// old one move with it.
    pub root: Option<Utf8PathBuf>,
    /// The profile that is active.
    pub profile: Option<String>,
    /// The units that are wanted, with all they depend on; none for all. A service of an agent is
    /// `duck.cephalon` or `duck_cephalon`.
    pub units: Vec<String>,
    /// Where the units run, of an ecosystem with machines.
    pub placement: Placement,
    /// Whether what lints find is no error: for what is done with a system that runs, whatever is written now.
    pub despite_lints: bool,
}

/// Where the units of an ecosystem with machines run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// Each on one of its machines.
    #[default]
    Distributed,
    /// The units of this machine, with its root. What they wait for on others is like an external.
    Machine(String),
    /// All on one machine, as if no machine were written.
    Together,
}

/// How much of a system is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// The units of the options, with all they depend on.
    Wanted,
    /// All units.
    Whole,
}

impl Ecosystem {
    /// Resolves the ecosystem into a system of apps.
    ///
    /// # Errors
    ///
    /// A unit or profile that is not there, an expression whose value its attribute does not take,
    /// and whatever [`crate::check`] would have found in a declaration that no compiler checked.
    pub fn resolve(&self, options: &Options) -> Result<System, ResolveError> {
        self.resolved(options, Extent::Wanted)
    }

    /// Resolves all units, whichever the options name; each expression is evaluated once.
    ///
    /// # Errors
    ///
    /// As [`Ecosystem::resolve`], also for the units of the options.
    pub fn resolve_whole(&self, options: &Options) -> Result<System, ResolveError> {
        self.resolved(options, Extent::Whole)
    }

    fn resolved(&self, options: &Options, extent: Extent) -> Result<System, ResolveError> {
        let profile = options.profile.as_deref();
        let mut problems = Vec::new();
        let scopes = self.scopes(options, &mut problems);
        if let Placement::Machine(here) = &options.placement {
            machines::root_of(self, here)?;
        }
        units::known_profile(&scopes, profile)?;
        let mut layering = Layering::new(&scopes, profile);
        let units = Units::gather(&scopes, &mut layering, &mut problems);
        let selected = units.select(&scopes, &options.units, profile)?;
        let wanted = match extent {
            Extent::Wanted => selected,
            Extent::Whole => Cow::Borrowed(units.order.as_slice()),
        };
        let order = order::sorted(&wanted, &units).unwrap_or_else(|cycle| {
            problems.push(order::problem(&cycle, &scopes));
            Cow::Borrowed(&*wanted)
        });
        let mut system = System {
            name: self.declaration().name.as_ref().map(|name| name.value.clone()),
            root: scopes.root_of_main().to_owned(),
            other_roots: scopes.other_roots(),
            crate_directory: (options.root.is_none() && scopes.root_of_main() == own_root(self))
                .then(|| self.directory().into()),
            profile: options.profile.as_deref().map(SmolStr::from),
            apps: Vec::with_capacity(order.len()),
            externals: Vec::new(),
            agents: units::agents(&scopes, &wanted),
            machines: Vec::new(),
            machine: None,
        };
        let machines = Machines::new(&scopes, profile, &options.placement);
        let (on, into) = (&machines, &mut system);
        let checks =
            service::build(&scopes, &units, &mut layering, &order, on, into, &mut problems);
        machines.write(&order, &mut system, &mut problems);
        let watches = checks.watches;
        checks.finish(&system, &scopes, &order, &mut problems);
        let is_lint = |rule| Rule::find(rule).is_some_and(|rule| rule.is_lint);
        if options.despite_lints {
            problems.retain(|problem| !is_lint(problem.fault.rule()));
        }
        if !problems.is_empty() {
            return Err(ResolveError::Problems(problems));
        }
        if let Placement::Machine(here) = &options.placement {
            machines::keep(&mut system, &machines, here, options)?;
        }
        if watches {
            watch::ignore_logs(&mut system.apps);
        }
        Ok(system)
    }

    /// The names of the profiles that blocks of the ecosystem, and of those it refers to, name; in
    /// alphabetical order.
    #[must_use]
    pub fn profiles(&self) -> Vec<String> {
        let scopes = self.scopes(&Options::default(), &mut Vec::new());
        units::profiles(&scopes).into_iter().map(str::to_owned).collect()
    }

    /// The absolute root that [`Ecosystem::resolve`] gives the system.
    #[must_use]
    pub fn root(&self, options: &Options) -> Utf8PathBuf {
        self.scopes(options, &mut Vec::new()).root_of_main().to_owned()
    }

    fn scopes(&self, options: &Options, problems: &mut Vec<Located>) -> Scopes<'_> {
        let own_root = own_root(self);
        let of_machine = match &options.placement {
            Placement::Machine(here) => machines::root_of(self, here).unwrap_or_default(),
            Placement::Distributed | Placement::Together => None,
        };
        let new_root = options.root.clone().or(of_machine).unwrap_or_else(|| own_root.clone());
        Scopes::new(self, own_root, new_root, problems)
    }
}

/// The absolute root of an ecosystem, before `--root` moves it.
fn own_root(ecosystem: &Ecosystem) -> Utf8PathBuf {
    let directory = Utf8Path::new(ecosystem.directory());
    match &ecosystem.declaration().root {
        None => directory.to_path_buf(),
        Some(root) => crate::paths::join(directory, Utf8Path::new(root.as_str())),
    }
}
