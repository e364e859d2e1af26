//! The `promethean` program: what is done to the files of an ecosystem, not by one.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`import`] | from a PM2 configuration to an ecosystem |
//! | [`mod@format`] | the format of `ecosystem!` in Rust files |
//! | `plain_letters` | names in ASCII |
//! | `commands` | `promethean import`, `new`, `fmt`: arguments in, files and messages out |
//!
//! Nothing of this is compiled into the binary of an ecosystem.

pub mod format;
pub mod import;

mod commands;
mod plain_letters;

pub use commands::main;
