//! What is done with a system on an [engine](crate::engine): plan, up, apply, down, restart, reload.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `target` | a system and the units that were named |
//! | `times` | how long an engine may take for an app |
//! | `event`, `error` | progress and failures of an operation |
//! | `state` | the state of a process and of an app |
//! | `plan` | the difference between what runs and the definition |
//! | `elsewhere` | what runs on another engine of this machine |
//! | `orphans` | processes that no daemon lists: a killed one left them running |
//! | `profiles` | the profiles that apps were started with |
//! | `probing`, `log_tail` | whether an app is ready, and its last log lines if not |
//! | `schedule`, `bring_up`, `take_down` | the order of starts and stops |
//! | `handover` | ports that pass from one app to another |
//! | `transaction` | the common steps of operations that change what runs |
//! | `up`, `down`, `status` | the operations |
//!
//! Every operation begins with what runs, not with what an earlier one meant to do: one that was
//! ended at any moment is continued by the next.

mod target;
mod times;

mod error;
mod event;

mod state;

mod plan;

mod elsewhere;
mod orphans;
mod profiles;

mod log_tail;
mod probing;

mod bring_up;
mod schedule;
mod take_down;

mod handover;

mod transaction;

mod down;
mod status;
mod up;

pub use down::{Down, down};
pub use elsewhere::{Elsewhere, Engines, Former, Gate};
pub(crate) use error::taken_name;
pub use error::{FailedApp, Failures, Interrupted, OperationError};
pub(crate) use event::of_limit;
pub use event::{Awaited, Event, Note, Observer};
pub use plan::{Action, Difference, Foreign, Plan, Step};
pub(crate) use profiles::lines as profile_lines;
pub use profiles::{
    ProfileChange, Profiles, TargetError, has_started, profiles, remembered_profiles,
};
pub use state::State;
pub use status::{
    AppStatus, CronRuns, EndpointStatus, ExternalStatus, MachineStatus, ProcessStatus, Status,
    Watch, status,
};
pub use target::Target;
pub(crate) use transaction::locked;
pub use up::{Present, alive, apply, plan, present, reload, restart, running, up};
