//! The PM2 engine.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `engine` | the traits of `engine`, implemented with the modules below |
//! | `installation` | finding PM2 |
//! | `home` | `PM2_HOME`, and the lock that allows one run at a time |
//! | [`environment`] | the variables that PM2 and its apps inherit |
//! | `definition`, `limits` | the definition of an app for PM2, and PM2's limits |
//! | [`files`], `logs` | the names of an app's pid and log files |
//! | `store`, `state_file` | what is saved between runs, in files that others cannot write |
//! | `process` | a process in PM2's list |
//! | `driver` | requests to the daemon, through PM2's own client |
//! | `orphans` | processes that no daemon lists: a killed one left them running |
//! | `users` | the user that an app runs as |
//! | `times` | how long PM2 may take for an app |
//! | `dump` | what `pm2 save` has written |

mod definition;
mod driver;
mod dump;
mod engine;
pub mod environment;
mod error;
pub mod files;
mod home;
mod installation;
mod limits;
mod logs;
mod orphans;
mod process;
mod state_file;
mod store;
mod times;
mod users;

pub use driver::Driver;
pub use engine::Pm2;
pub use error::Pm2Error;
pub use home::{Home, Lock};
pub use installation::{Installation, OLDEST, VARIABLE};
pub use logs::log_files;
pub use promethean_core::pm2 as facts;
use store::Store;

pub use crate::engine::{Declared, Owner, Process, Record, Values};
