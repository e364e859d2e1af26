//! The real PM2: where it is, its home, and its daemon.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `installation` | finding PM2 |
//! | `home` | `PM2_HOME` and the lock that lets one run after the other work there |
//! | `environment` | what of this process's environment reaches PM2 and its apps |
//! | [`files`] | the names of an app's pid and log files |
//! | `store` | what is remembered between two runs, and files that others may have put there |
//! | `process` | what PM2 knows of a process |
//! | `driver` | requests to the daemon, through PM2's own client |

mod driver;
pub mod environment;
mod error;
pub mod files;
mod home;
mod installation;
mod process;
mod store;

pub use driver::{Daemon, Driver, Start};
pub use error::Pm2Error;
pub(crate) use files::{LOGS, log_path, numbered_logs, numbered_pids, pid_files, told};
pub use home::{Home, Lock};
pub(crate) use home::{TELL, home_directory, last_lines};
pub use installation::{Installation, OLDEST, VARIABLE};
pub use process::{Declared, Owner, Process, Record, Values};
pub use promethean_core::pm2 as facts;
pub(crate) use store::{Store, open_regular, read_pid, read_small};
