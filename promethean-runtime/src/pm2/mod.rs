//! The PM2 engine.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `engine` | the traits of `engine`, implemented with the modules below |
//! | `installation` | finding PM2 |
//! | `home` | `PM2_HOME` |
//! | [`environment`] | the variables that PM2 and its apps inherit |
//! | `definition`, `limits` | the definition of an app for PM2, and PM2's limits |
//! | [`files`] | the names of an app's pid files, and what PM2 is told of files |
//! | `process`, `listing`, `exits` | a process in PM2's list, the list, and what only the daemon's log tells of it |
//! | `axon`, `reader` | questions to the daemon, through its socket |
//! | `driver` | requests to the daemon, through PM2's own client |
//! | `orphans` | processes that no daemon lists: a killed one left them running |
//! | `dump` | what `pm2 save` has written |

#[cfg(unix)]
mod axon;
mod definition;
mod driver;
mod dump;
mod engine;
pub mod environment;
mod error;
mod exits;
pub mod files;
mod home;
mod installation;
mod limits;
mod listing;
mod orphans;
mod process;
#[cfg(unix)]
mod reader;

pub use driver::Driver;
pub use engine::Pm2;
pub use error::Pm2Error;
pub use home::Home;
pub use installation::{Installation, OLDEST, VARIABLE};
pub use promethean_core::pm2 as facts;

pub use crate::engine::log_files::log_files;
pub use crate::engine::{Declared, Owner, Process, Record, Values};

/// Its name, for a message.
const NAME: &str = "PM2";
