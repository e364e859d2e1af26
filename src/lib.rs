#![doc = include_str!("lib.md")]

pub use promethean_core::app::{
    App, Dependency, EnvFile, External, Program, Rotation, SourcePiece, SourceText, Sources,
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

#[cfg(all(feature = "cli", unix))]
#[doc(inline)]
pub use promethean_runtime::supervisor;
#[cfg(feature = "supvisors")]
#[doc(inline)]
pub use promethean_runtime::supvisors;
#[cfg(feature = "cli")]
#[doc(inline)]
pub use promethean_runtime::{
    Mistake, Mistakes, boot, checked, engine, execution, logs, main, operations, pm2, preflight,
    readiness, run,
};

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
