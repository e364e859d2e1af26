//! What comes out: PM2 configurations, launch commands, pictures, and the language itself.

mod config;
mod javascript;
mod json;
mod left_out;
mod source;

#[cfg(feature = "graph")]
pub mod graph;
pub mod launch;
pub mod supervisord;
pub mod supvisors;
mod yaml;

/// With this the files begin that are written into directories: only those are replaced.
pub const WRITTEN: &str = "Written by Promethean";

pub use config::{Config, definition, pm2_program};
pub use javascript::javascript;
pub use json::{json, write_json};
pub use left_out::LeftOut;
pub use source::{Comments, source};
pub use yaml::yaml;
