//! The exit codes that tell failures apart; `--help` documents them.

#[cfg(unix)]
use crate::child;

pub(super) const FAILED: u8 = 1;
pub(super) const SOMETHING_TO_DO: u8 = 2;
pub(super) const NOT_READY: u8 = 3;
pub(super) const APP_FAILED: u8 = 4;
pub(super) const NO_ENGINE: u8 = 5;
pub(super) const LOCKED: u8 = 6;
pub(super) const NAME_TAKEN: u8 = 7;
/// As shells say of a program that cannot be run.
pub(super) const NOT_RUN: u8 = 126;
/// As shells say of a program that is not there.
pub(super) const NOT_FOUND: u8 = 127;
/// As shells say of a program that Ctrl-C has ended.
pub(super) const INTERRUPTED: u8 = 130;

/// Ends this process at once, and with it the programs that it tries, such as those of probes.
#[cfg(unix)]
pub(super) fn interrupted() -> ! {
    child::end_all();
    std::process::exit(INTERRUPTED.into())
}
