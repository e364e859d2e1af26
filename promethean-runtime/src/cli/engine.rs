//! Which engine a command talks to: the one place outside of them that names them.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
#[cfg(unix)]
use std::sync::Arc;
#[cfg(unix)]
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use promethean_core::diagnostic::Diagnostic;
#[cfg(unix)]
use promethean_core::foreign::Foreign;
#[cfg(unix)]
use promethean_core::list::some_of;

use super::{Failure, absolute, utf8};
use crate::boot::Keeper;
use crate::engine::{Cause, Engine, EngineError, ErrorKind, Owner, Place};
use crate::operations::Target;
#[cfg(unix)]
use crate::operations::{Engines, Former, Gate};
#[cfg(unix)]
use crate::pm2::Pm2Error;
use crate::pm2::{Home, Installation, Pm2};
#[cfg(unix)]
use crate::supervisor;
#[cfg(unix)]
use crate::supervisor::FormerEngine;
#[cfg(unix)]
pub(super) use crate::supervisor::{Embedded, EmbeddedError, Lease};
#[cfg(feature = "supvisors")]
pub(super) use crate::supvisors;

/// The environment variable that says where PM2 is.
pub(super) const VARIABLE: &str = crate::pm2::VARIABLE;

/// The option that chooses an engine.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct Chosen {
    /// What runs the system: PM2, an engine that is part of this program, or Supvisors on several machines
    /// [default: what it runs on now, else pm2]
    #[arg(
        long,
        global = true,
        env = "PROMETHEAN_ENGINE",
        value_enum,
        value_name = "ENGINE",
        hide_possible_values = true
    )]
    engine: Option<Kind>,
}

/// The option that says which of several machines is asked.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Asked {
    /// The machine that Supvisors is asked on: its name, `HOST:PORT` or `http://HOST:PORT` [default: the first
    /// that answers, on port 60000]
    #[arg(long, value_name = "NAME_OR_URL")]
    server: Option<String>,
}

impl Asked {
    /// The machine; no other engine has one.
    pub(super) fn server(&self, chosen: Chosen) -> Result<Option<&str>, Failure> {
        let server = self.server.as_deref();
        if server.is_some() && !chosen.is_supvisors() {
            let message = "`--server` names a machine with Supvisors";
            return Err(Diagnostic::new(message).help("add `--engine supvisors`").into());
        }
        Ok(server)
    }
}

/// The engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Pm2,
    // It is made of processes of Unix.
    #[cfg(unix)]
    Embedded,
    Supvisors,
    /// An empty variable is one that is not set.
    #[value(name = "", hide = true)]
    Usual,
}

/// Which engine is meant, and PM2's program, where it is given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choice<'c> {
    pub(super) engine: Chosen,
    pub(super) program: Option<&'c Path>,
}

impl Choice<'_> {
    /// The engine for an ecosystem; what is near is searched for PM2's program.
    pub(super) fn engine(
        &self,
        owner: &Owner,
        near: &[&Path],
    ) -> Result<Box<dyn Engine>, EngineError> {
        self.engine.is_here()?;
        #[cfg(unix)]
        if let Some(embedded) = self.engine.for_owner(owner)? {
            return Ok(Box::new(embedded));
        }
        Ok(Box::new(Pm2::of_user(self.program, near)?))
    }

    /// Says that apps of an ecosystem have ended on the embedded engine without `down`, as after a restart of the
    /// machine, and would come up on PM2 now, because no engine is chosen: `on the embedded engine before: web`.
    #[cfg(unix)]
    pub(super) fn ran_before(&self, owner: &Owner) -> Option<Diagnostic> {
        let embedded = Embedded::of(owner).ok()?;
        let is_usual = matches!(self.engine.engine, None | Some(Kind::Usual));
        if !is_usual || embedded.has_system().unwrap_or(true) {
            return None;
        }
        let saved = embedded.saved_state().ok()?;
        let apps: Vec<&str> = saved.iter().map(|(app, _)| app).collect();
        let profile = saved.iter().find_map(|(_, known)| known.profile.as_deref());
        let profile = profile.map_or(String::new(), |name| format!(" in the profile `{name}`"));
        let name = embedded.name();
        (!apps.is_empty()).then(|| {
            let apps = Foreign(some_of(&apps, 5));
            Diagnostic::new(format!("on {name}{} before: {apps}", Foreign(profile))).help(
                "`up --engine embedded` starts it there; `down --engine embedded` forgets that",
            )
        })
    }

    /// There is one engine.
    #[cfg(not(unix))]
    pub(super) fn ran_before(&self, _: &Owner) -> Option<Diagnostic> {
        None
    }

    /// A target that is not started on one of the engines of this machine while it runs on another.
    pub(super) fn on_one_of(&self, target: Target) -> Target {
        #[cfg(unix)]
        if !self.engine.is_supvisors() {
            let owner = target.owner().clone();
            let program = self.program.map(Path::to_path_buf);
            return target.on_one_of(Arc::new(OfMachine { owner, program }));
        }
        target
    }

    /// As [`Choice::engine`], for commands that start nothing: where PM2 is not installed and nothing runs on it,
    /// nothing runs at all, and the embedded engine says so.
    pub(super) fn engine_to_ask(
        &self,
        owner: &Owner,
        near: &[&Path],
    ) -> Result<Box<dyn Engine>, EngineError> {
        #[cfg(unix)]
        if self.program.is_none()
            && matches!(self.engine.engine, None | Some(Kind::Usual))
            && matches!(Installation::find(None, near), Err(Pm2Error::NotInstalled))
            && !Home::of_user().and_then(|home| home.may_have_daemon())?
        {
            return Ok(Box::new(Embedded::of(owner)?));
        }
        self.engine(owner, near)
    }
}

impl Chosen {
    /// The embedded engine.
    #[cfg(unix)]
    pub(super) fn embedded() -> Chosen {
        Chosen { engine: Some(Kind::Embedded) }
    }

    /// Whether it is Supvisors, which runs what is on several machines.
    pub(super) fn is_supvisors(self) -> bool {
        self.engine == Some(Kind::Supvisors)
    }

    /// Whether it is an engine of this machine.
    fn is_here(self) -> Result<(), EngineError> {
        match self.is_supvisors() {
            true => Err(EngineError::new(ErrorKind::Unusable, NotHere)),
            false => Ok(()),
        }
    }

    /// What keeps an ecosystem running from boot to boot.
    pub(super) fn keeper(self, owner: &Owner) -> Result<Keeper, EngineError> {
        self.is_here()?;
        #[cfg(unix)]
        if self.for_owner(owner)?.is_some() {
            return Ok(Keeper::Embedded);
        }
        #[cfg(not(unix))]
        let _ = owner;
        Ok(Keeper::Pm2)
    }

    /// The place of the engine for an ecosystem, for what does without the engine's program.
    pub(super) fn place(self, owner: &Owner) -> Result<Box<dyn Place>, EngineError> {
        self.is_here()?;
        #[cfg(unix)]
        if let Some(embedded) = self.for_owner(owner)? {
            return Ok(Box::new(embedded));
        }
        Ok(Box::new(Home::of_user()?))
    }

    /// The embedded engine, where it is meant, or an ecosystem is its own now.
    #[cfg(unix)]
    fn for_owner(self, owner: &Owner) -> Result<Option<Embedded>, EngineError> {
        match self.engine {
            Some(Kind::Pm2 | Kind::Supvisors) => Ok(None),
            Some(Kind::Embedded) => Ok(Some(Embedded::of(owner)?)),
            Some(Kind::Usual) | None => {
                // Without a home directory there is no embedded engine.
                let Ok(embedded) = Embedded::of(owner) else { return Ok(None) };
                Ok(embedded.has_system()?.then_some(embedded))
            }
        }
    }
}

/// The engines that may run an ecosystem on this machine.
#[cfg(unix)]
#[derive(Debug)]
struct OfMachine {
    owner: Owner,
    /// PM2's program, where it is given.
    program: Option<PathBuf>,
}

#[cfg(unix)]
impl Engines for OfMachine {
    /// Where the embedded engine of the ecosystem keeps its files. Of it there is one; of PM2 one in each `PM2_HOME`.
    fn gate(&self, engine: &dyn Engine) -> Option<Gate> {
        let embedded = Embedded::of(&self.owner).ok()?;
        let alone = engine.name() == Embedded::NAME;
        let other = if alone { "PM2" } else { Embedded::NAME };
        Some(Gate { directory: embedded.home().to_path_buf(), alone, other })
    }

    fn former(&self) -> Vec<Former> {
        let former = FormerEngine::all(&self.owner, PATIENCE).unwrap_or_default().into_iter();
        let former = former.map(|former| Former {
            has_same_directories: former.is_renamed,
            title: former.title(),
            ends: former.ends(),
            engine: Box::new(former.engine),
        });
        former.collect()
    }

    fn other(&self, engine: &dyn Engine) -> Option<(&'static str, Box<dyn Engine>)> {
        if engine.name() == Embedded::NAME {
            let here = std::env::current_dir().unwrap_or_default();
            let near = [here.as_path(), self.owner.root.as_std_path()];
            let pm2 = Pm2::of_user(self.program.as_deref(), &near).ok()?;
            return Some(("pm2", Box::new(Pm2 { patience: PATIENCE, ..pm2 })));
        }
        let embedded = Embedded::of(&self.owner).ok()?;
        // Whoever has said `--engine pm2` is not kept from it by what cannot be seen.
        embedded.has_system().ok().filter(|has| *has)?;
        Some(("embedded", Box::new(Embedded { patience: PATIENCE, ..embedded })))
    }
}

/// How long an engine may take for an answer that a command does not work on.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(2);

/// A command works only on an engine of this machine.
#[derive(Debug)]
struct NotHere;

impl fmt::Display for NotHere {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic().fmt(formatter)
    }
}

impl std::error::Error for NotHere {}

impl Cause for NotHere {
    fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new("this command does not work on Supvisors, which runs what is on several machines").help(
            "`up`, `down`, `restart`, `status`, `plan`, `check` and `logs` do; for this machine leave out \
             `--engine supvisors` and PROMETHEAN_ENGINE",
        )
    }
}

/// Plays the part of the embedded engine, where this program was started for that.
pub(super) fn play_part(arguments: &[OsString]) -> Option<ExitCode> {
    #[cfg(unix)]
    return supervisor::play_part(arguments);
    #[cfg(not(unix))]
    return None;
}

/// PM2's place, where a daemon can run.
pub(super) fn usable_place_of_user() -> Result<Box<dyn Place>, EngineError> {
    let home = Home::of_user()?;
    home.fits_sockets()?;
    Ok(Box::new(home))
}

/// PM2's place.
pub(super) fn place_of_user() -> Result<Box<dyn Place>, EngineError> {
    Ok(Box::new(Home::of_user()?))
}

/// Whether PM2's program is there.
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
