//! The real PM2: where it is, its home, and its daemon.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `installation` | finding PM2 |
//! | `home` | `PM2_HOME` and the lock that lets one run after the other work there |
//! | `environment` | what of this process's environment reaches PM2 and its apps |
//! | `files` | the pid files of an app |
//! | `process` | what PM2 knows of a process |
//! | `driver` | requests to the daemon, through PM2's own client |

mod driver;
pub mod environment;
mod error;
mod files;
mod home;
mod installation;
mod process;

pub use driver::{Daemon, Driver, Start};
pub use error::Pm2Error;
pub(crate) use files::{numbered, pid_files};
pub(crate) use home::last_lines;
pub use home::{Home, Lock};
pub use installation::{Installation, OLDEST, VARIABLE};
pub use process::{Owner, Process, Record, Values};
pub use promethean_core::pm2 as facts;
