//! The real PM2: an engine.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `engine` | PM2 as an engine: what the seam asks for, answered by the modules below |
//! | `installation` | finding PM2 |
//! | `home` | `PM2_HOME` and the lock that lets one run after the other work there |
//! | [`environment`] | what of this process's environment reaches PM2 and its apps |
//! | `definition`, `limits` | what PM2 is told of an app, and what it cannot do |
//! | [`files`], `logs` | the names of an app's pid and log files |
//! | `store`, `memory` | what is remembered between two runs, in files that others cannot write |
//! | `process` | what PM2 tells of a process |
//! | `driver` | requests to the daemon, through PM2's own client |
//! | `orphans` | processes that no daemon lists: a killed one leaves them behind |
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
mod memory;
mod orphans;
mod process;
mod store;
mod times;

pub use driver::Driver;
pub use engine::Pm2;
pub use error::Pm2Error;
pub use home::{Home, Lock};
pub use installation::{Installation, OLDEST, VARIABLE};
pub use logs::log_files;
pub use promethean_core::pm2 as facts;
use store::Store;

pub use crate::engine::{Declared, Owner, Process, Record, Values};
