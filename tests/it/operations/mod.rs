//! Operations on the real PM2, and where they are not its own, on the embedded engine too: one body of
//! tests, with [`scene`] for both.

#![expect(clippy::needless_pass_by_value, reason = "a test has its scene, which ends with it")]

pub mod agreement;
pub mod alike;
mod boot;
mod changes;
mod checkouts;
pub mod clusters;
mod conventions;
pub mod crashes;
mod environment;
mod example;
pub mod failures;
pub mod faults;
mod foreign;
mod homes;
pub mod identity;
mod interrupts;
pub mod limits;
mod many;
mod neighbours;
pub mod numbers;
mod objects;
mod order;
mod owners;
mod ports;
mod profiles;
pub mod reserved;
pub mod restarts;
mod runtimes;
pub(crate) mod scene;
mod status;
mod status_command;
mod trust;
mod values;
mod versions;
pub mod waits;
