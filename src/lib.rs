#![doc = include_str!("lib.md")]

#[cfg(feature = "cli")]
pub mod boot;
#[cfg(feature = "cli")]
mod child;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
pub mod engine;
#[cfg(feature = "cli")]
pub mod execution;
#[cfg(feature = "cli")]
pub mod logs;
#[cfg(feature = "cli")]
pub mod operations;
#[cfg(feature = "cli")]
mod parallel;
#[cfg(feature = "cli")]
pub mod pm2;
#[cfg(feature = "cli")]
pub mod preflight;
#[cfg(feature = "cli")]
pub mod readiness;
#[cfg(feature = "cli")]
mod report;
#[cfg(feature = "cli")]
mod scratch;
#[cfg(all(feature = "cli", unix))]
pub mod supervisor;
#[cfg(feature = "supvisors")]
pub mod supvisors;
#[cfg(feature = "cli")]
mod untrusted;

pub use promethean_core::app::{
    App, Dependency, EnvFiles, External, Program, Rotation, SourcePiece, SourceText, Sources,
    System, Variable,
};
pub use promethean_core::ecosystem::Ecosystem;
pub use promethean_core::resolve::{Options, ResolveError};
pub use promethean_core::{
    app, attribute, check, cron, declaration, diagnostic, ecosystem as handle, emit, foreign, kind,
    number, other_tools, probe, problem, reserved, resolve, secrets, span_id, text, value,
};

#[doc = include_str!("ecosystem.md")]
pub use promethean_macros::ecosystem;

#[cfg(feature = "cli")]
pub use cli::{main, run};
#[cfg(feature = "cli")]
pub use report::{Mistake, Mistakes, checked};

/// What the `promethean` program shares with the command line of ecosystems; no part of the public
/// interface.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod __cli {
    pub use crate::cli::{Failure, absolute, output};
}

/// What the macro's expansion names; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use promethean_core::const_check::{
        Conflict, Findings, UnitSource, View, applies_to, attributes_alone, can_restart,
        condition_can_hold, conflicts, depended_on, endpoint_of_member, findings, included,
        known_endpoint, known_in_agent, known_in_template, known_machine, known_own_unit,
        known_set, known_target, known_template, name_of_link, no_template_cycle, reached, report,
        similar_profile, unit_of_link, unless_elsewhere, wrong_override,
    };
    pub use promethean_core::declaration::Declaration;
    pub use promethean_core::ecosystem::{Link, Literal, Location};
    pub use promethean_core::expression::{boolean, bytes, duration, integer, text};
}
