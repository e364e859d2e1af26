//! The embedded engine: it runs a system without PM2.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `engine` | the traits of [`engine`](crate::engine), implemented with the modules below |
//! | `place` | where the engine of a system keeps its files |
//! | `former` | engines that run what an ecosystem was before it was renamed or moved |
//! | [`attributes`] | what it makes of PM2's attributes |
//! | [`probe`] | probes that the engine tries |
//! | [`policy`] | when a process is restarted and how it is stopped |
//! | `spec`, `limits` | what the engine is told of an app, and what it cannot do |
//! | [`protocol`] | what a client and the engine say to each other |
//! | `session` | the client's end of that |
//! | `launch` | starting the engine: this program again, detached |
//! | `guard` | its parent, which ends what a killed engine leaves |
//! | [`machine`] | the state machine of one process: events in, actions out |
//! | [`watch`], [`schedule`], [`memory`] | what restarts a process that runs |
//! | [`glob`] | the globs of `watch` |
//! | `daemon` | the engine itself: it drives the machines |

pub mod attributes;
mod daemon;
mod engine;
mod error;
mod former;
pub mod glob;
mod guard;
mod launch;
mod limits;
pub mod machine;
pub mod memory;
mod place;
pub mod policy;
pub mod probe;
pub mod protocol;
pub mod schedule;
mod session;
mod spec;
pub mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

pub use engine::{Embedded, Lease};
pub use error::EmbeddedError;
pub use former::FormerEngine;
pub use place::Home;
pub use spec::{Cluster, Logs, Reached, RestartsWith, Rotation, Spec};

/// Plays the part of the engine or its guard, where the arguments of this process say so.
#[must_use]
pub fn play_part(arguments: &[OsString]) -> Option<ExitCode> {
    let [_, part, home] = arguments else { return None };
    let home = || Some(Home::at(home.to_str()?.into()));
    match part.to_str()? {
        launch::GUARD => Some(guard::guard(&home()?)),
        launch::ENGINE => Some(daemon::run(&home()?)),
        launch::PROBE => Some(probe::play()),
        _ => None,
    }
}
