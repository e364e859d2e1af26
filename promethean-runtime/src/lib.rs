//! What an ecosystem does when it runs. The modules from below; each imports only those above it:
//!
//! | module | what it holds |
//! | --- | --- |
//! | `scratch`, `child`, `parallel`, `untrusted` | temporary files, programs that are asked something, work on many threads, text from outside |
//! | [`logs`], [`readiness`] | lines of logs, probes |
//! | [`engine`] | what keeps processes running, as the operations see it |
//! | [`execution`] | one service in the foreground |
//! | [`pm2`], [`supervisor`] | engines: the real PM2, the embedded one |
//! | [`preflight`], [`operations`] | what is wrong before anything is started; `up`, `down`, `restart`, `status`, `plan` |
//! | `supvisors` | the engine of several machines |
//! | [`boot`] | units of systemd and launchd |
//! | `cli`, `report` | the command line: arguments in, calls, text out; what is wrong with a declaration |
//!
//! It does not name the macro, so that Cargo compiles both at once: this is most of what a system's first build waits
//! for. `promethean` shows it under its own name.

pub mod boot;
mod child;
mod cli;
pub mod engine;
pub mod execution;
pub mod logs;
pub mod operations;
mod parallel;
pub mod pm2;
pub mod preflight;
pub mod readiness;
mod report;
mod scratch;
#[cfg(unix)]
pub mod supervisor;
#[cfg(feature = "supvisors")]
pub mod supvisors;
mod untrusted;

pub use cli::{main, run};
pub use report::{Mistake, Mistakes, checked};

/// What the `promethean` program shares with the command line of ecosystems; no part of the public
/// interface.
#[doc(hidden)]
pub mod __cli {
    pub use crate::cli::{Failure, absolute, output};
}
