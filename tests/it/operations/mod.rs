//! Operations on the real PM2, and where they are not its own, on the embedded engine too: one body of
//! tests, with [`scene`] for both.

#![expect(clippy::needless_pass_by_value, reason = "a test has its scene, which ends with it")]

mod agreement;
mod alike;
mod boot;
mod changes;
mod checkouts;
mod clusters;
mod conventions;
mod crashes;
mod environment;
mod example;
mod failures;
mod faults;
mod foreign;
mod homes;
mod identity;
mod interrupts;
mod limits;
mod many;
mod neighbours;
mod objects;
mod order;
mod owners;
mod ports;
mod profiles;
mod reserved;
mod restarts;
mod runtimes;
mod scene;
mod status;
mod status_command;
mod trust;
mod values;
mod versions;
mod waits;
