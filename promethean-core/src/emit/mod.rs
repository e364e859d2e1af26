//! What comes out: PM2 configurations, launch commands, pictures.

mod config;
mod javascript;
mod json;
mod left_out;

#[cfg(feature = "graph")]
pub mod graph;
pub mod launch;
#[cfg(feature = "yaml")]
mod yaml;

pub use config::{Config, definition, pm2_program};
pub use javascript::javascript;
pub use json::json;
pub use left_out::LeftOut;
#[cfg(feature = "yaml")]
pub use yaml::yaml;
