//! What the compiler checks over several ecosystems.
//!
//! A macro sees only its own tokens. Beside the handle it therefore leaves constants that call the
//! functions of this module with its own signature and the handles of the ecosystems it refers to;
//! rustc evaluates them, in whichever file or crate those stand, and a mistake stops the build on
//! its token. What a signature holds is written by [`signature()`], and read only here.
//!
//! Nothing here allocates, so there are limits, far beyond what people write; what is beyond them
//! is found by [`crate::resolve`], whose messages are the same.

// Constants have no heap, no iterators and no checked conversions. None of this runs in a program.
#![allow(
    clippy::cast_possible_truncation,
    clippy::large_stack_arrays,
    clippy::large_types_passed_by_value
)]

mod bytes;
mod calls;
mod findings;
mod message;
mod reach;
mod reading;
mod rules;
mod signature;
mod variables;

pub use calls::{Argument, Call, Calls, Origin, calls};
pub use findings::{Findings, findings, report};
pub use reading::View;
pub use rules::{
    Conflict, UnitSource, applies_to, attributes_alone, can_restart, condition_can_hold, conflicts,
    depended_on, endpoint_of_member, included, known_endpoint, known_in_agent, known_in_template,
    known_machine, known_own_unit, known_set, known_target, known_template, name_of_link,
    no_template_cycle, reached, similar_profile, unit_of_link, unless_elsewhere, wrong_override,
};
pub use signature::{Signature, Site, hash_of, signature};
