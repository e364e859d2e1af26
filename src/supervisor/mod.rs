//! The embedded engine: it runs a system without PM2.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`policy`] | when a process is restarted and how it is stopped |
//! | [`machine`] | the state machine of one process: events in, actions out |

pub mod machine;
pub mod policy;
