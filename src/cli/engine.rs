//! Which engine a command talks to: the one place outside of it that names PM2's.

use std::path::Path;

use camino::Utf8PathBuf;

use super::{Failure, absolute, utf8};
use crate::engine::{Engine, EngineError, Place};
use crate::pm2::{Home, Installation, Pm2};

/// The environment variable that says where PM2 is.
pub(super) const VARIABLE: &str = crate::pm2::VARIABLE;

/// The user's engine; `program` is PM2's program, where it is given, and what is near is searched for it.
pub(super) fn of_user(
    program: Option<&Path>,
    near: &[&Path],
) -> Result<Box<dyn Engine>, EngineError> {
    Ok(Box::new(Pm2::of_user(program, near)?))
}

/// The user's place, for what does without the engine's program.
pub(super) fn place_of_user() -> Result<Box<dyn Place>, EngineError> {
    Ok(Box::new(Home::of_user()?))
}

/// As [`place_of_user`], where a daemon can run.
pub(super) fn usable_place_of_user() -> Result<Box<dyn Place>, EngineError> {
    let home = Home::of_user()?;
    home.fits_sockets()?;
    Ok(Box::new(home))
}

/// Whether the engine's program is there.
pub(super) fn is_installed(program: Option<&Path>, near: &[&Path]) -> Result<(), EngineError> {
    Installation::find(program, near)?;
    Ok(())
}

/// The program that has to be named where a command runs from elsewhere: the one that is given, or that
/// is found only from the current directory, and not from that of the system.
pub(super) fn program_to_name(
    given: Option<&Path>,
    root: &Path,
) -> Result<Option<Utf8PathBuf>, Failure> {
    if let Some(given) = given {
        return Ok(Some(absolute(&utf8(given.to_path_buf())?)?));
    }
    if Installation::find(None, &[root]).is_ok() {
        return Ok(None);
    }
    let here = std::env::current_dir()?;
    Installation::find(None, &[&here]).ok().map(|found| utf8(found.package)).transpose()
}
