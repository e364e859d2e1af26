//! Operations on the real PM2.

mod boot;
mod changes;
mod clusters;
mod conventions;
mod crashes;
mod environment;
mod example;
mod failures;
mod foreign;
mod homes;
mod identity;
mod many;
mod neighbours;
mod order;
mod owners;
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
