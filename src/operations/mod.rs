//! What is done with a system on the real PM2: plan, up, apply, down, restart, reload.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `target` | a system and the units that were named |
//! | `times` | how long PM2 may take for an app |
//! | `event`, `error` | what an operation tells, and why it fails |
//! | `definition` | what PM2 is told of an app |
//! | `plan` | what runs against what is written |
//! | `memory`, `orphans` | processes that no daemon lists: a killed one leaves them behind |
//! | `profiles` | which profile what runs was started with |
//! | `probing`, `evidence` | whether an app is ready, and what it said when it is not |
//! | `schedule`, `bring_up`, `take_down` | the order of things |
//! | `work` | what every operation does that changes what runs |
//! | `up`, `down`, `status` | the operations |
//!
//! Every operation begins with what runs, not with what an earlier one meant to do: one that was
//! ended at any moment is continued by the next.

mod target;
mod times;

mod error;
mod event;

mod definition;
mod plan;

mod memory;
mod orphans;
mod profiles;

mod evidence;
mod probing;

mod bring_up;
mod schedule;
mod take_down;

mod work;

mod down;
mod status;
mod up;

use std::path::Path;
use std::time::Duration;

pub use down::{Down, down};
pub use error::{FailedApp, Failures, OperationError};
pub(crate) use event::of_limit;
pub use event::{Awaited, Event, Observer};
pub use plan::{Action, Difference, Foreign, Plan, Step};
pub(crate) use profiles::lines as profile_lines;
pub use profiles::{ProfileChange, Profiles, TargetError, profiles, remembered_profiles};
pub use status::{AppStatus, ExternalStatus, ProcessStatus, State, Status, Watch, status};
pub use target::Target;
pub use up::{apply, plan, reload, restart, running, up};

use crate::pm2::{Home, Installation, Pm2Error};

/// A PM2 to work with.
#[derive(Clone, Debug)]
pub struct Pm2 {
    /// The program.
    pub installation: Installation,
    /// Its home.
    pub home: Home,
    /// How long to wait for another run that is at work in the home.
    pub patience: Duration,
}

impl Pm2 {
    /// How long a run waits for another one.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// The PM2 of the user: its program as [`Installation::find`] finds it, its home as PM2 does.
    ///
    /// # Errors
    ///
    /// There is none that can be used.
    pub fn of_user(given: Option<&Path>, near: &[&Path]) -> Result<Pm2, Pm2Error> {
        let installation = Installation::find(given, near)?;
        let home = Home::of_user()?;
        home.fits_sockets()?;
        Ok(Pm2 { installation, home, patience: Pm2::PATIENCE })
    }
}
