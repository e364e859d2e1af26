//! The embedded engine: it runs a system without PM2.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`attributes`] | what it makes of PM2's attributes |
//! | [`policy`] | when a process is restarted and how it is stopped |
//! | [`machine`] | the state machine of one process: events in, actions out |
//! | [`watch`], [`schedule`], [`memory`] | what restarts a process that runs |
//! | [`glob`] | the globs of `watch` |

pub mod attributes;
pub mod glob;
pub mod machine;
pub mod memory;
pub mod policy;
pub mod schedule;
pub mod watch;
