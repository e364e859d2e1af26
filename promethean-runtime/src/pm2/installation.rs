//! Finding PM2.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Pm2Error;
use crate::untrusted;

/// A PM2 on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The directory of the npm package `pm2`.
    pub package: PathBuf,
    /// Its version, as `package.json` says it.
    pub version: String,
    /// The Node that runs it.
    pub node: PathBuf,
}

/// The environment variable that says where PM2 is.
pub const VARIABLE: &str = "PROMETHEAN_PM2";

/// The oldest major version that works.
pub const OLDEST: u64 = 5;

impl Installation {
    /// Finds PM2: where `given` says, else where `PROMETHEAN_PM2` says, else on PATH, else in
    /// `node_modules/.bin` of one of these directories or of one above it.
    ///
    /// What is given is the program `pm2` or the directory of its package.
    ///
    /// # Errors
    ///
    /// There is none, it is not PM2, it is older than version 5, or there is no Node to run it.
    pub fn find(given: Option<&Path>, near: &[&Path]) -> Result<Installation, Pm2Error> {
        if let Some(given) = given {
            return Installation::at(given, "--pm2");
        }
        if let Some(given) = env::var_os(VARIABLE).filter(|given| !given.is_empty()) {
            return Installation::at(Path::new(&given), VARIABLE);
        }
        match on_path("pm2", Path::is_file)
            .or_else(|| near.iter().find_map(|directory| in_modules(directory)))
        {
            Some(program) => Installation::at(&program, "PATH"),
            None => Err(Pm2Error::NotInstalled),
        }
    }

    fn at(given: &Path, source: &'static str) -> Result<Installation, Pm2Error> {
        let path = fs::canonicalize(given).map_err(|error| Pm2Error::NotThere {
            path: given.to_path_buf(),
            source_of_path: source,
            reason: error.to_string(),
        })?;
        let package =
            package_of(&path).or_else(|| package_of(&behind_shim(&path)?)).ok_or_else(|| {
                Pm2Error::NotPm2 { path: given.to_path_buf(), source_of_path: source }
            })?;
        let version = version_of(&package).ok_or_else(|| Pm2Error::NotPm2 {
            path: given.to_path_buf(),
            source_of_path: source,
        })?;
        let major = version.split('.').next().and_then(|major| major.parse::<u64>().ok());
        if major.is_none_or(|major| major < OLDEST) {
            return Err(Pm2Error::TooOld { version, package });
        }
        // The Node beside a program comes from the same installation (nvm, volta, Homebrew).
        let beside = given.parent().map(|directory| directory.join(NODE));
        let node = beside.filter(|node| can_run(node)).or_else(|| on_path("node", can_run));
        Ok(Installation { package, version, node: node.ok_or(Pm2Error::NoNode)? })
    }
}

const NODE: &str = if cfg!(windows) { "node.exe" } else { "node" };

/// The package that a file or directory belongs to.
fn package_of(path: &Path) -> Option<PathBuf> {
    let package = path.ancestors().find(|directory| directory.join("package.json").is_file())?;
    version_of(package).map(|_| package.to_path_buf())
}

/// The version of a package of the name `pm2`.
fn version_of(package: &Path) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let file = untrusted::open_regular(&package.join("package.json")).ok()?;
    let read: Package = serde_json::from_slice(&untrusted::contents(file).ok()?).ok()?;
    (read.name == "pm2" && package.join("lib/Client.js").is_file()).then_some(read.version)
}

/// What a script that stands for PM2 runs: npm writes one on Windows, pnpm everywhere. It names the
/// program relative to its own directory.
fn behind_shim(shim: &Path) -> Option<PathBuf> {
    const LARGEST_SHIM: u64 = 16 * 1024;
    // A pipe would keep the reader waiting, and a device has no end.
    let mut text = String::new();
    let file = untrusted::open_regular(shim).ok()?;
    file.take(LARGEST_SHIM + 1).read_to_string(&mut text).ok()?;
    if u64::try_from(text.len()).ok()? > LARGEST_SHIM {
        return None;
    }
    let text = text.replace('\\', "/");
    let end = text.find("/bin/pm2")? + "/bin/pm2".len();
    let before = text.get(..end)?;
    let start = before.rfind(['"', '\'', ' ']).map_or(0, |quote| quote + 1);
    let named = before.get(start..)?;
    let named = ["$basedir/", "%~dp0/", "%dp0%/", "%~dp0", "%dp0%"]
        .iter()
        .find_map(|prefix| named.strip_prefix(prefix))
        .unwrap_or(named);
    fs::canonicalize(shim.parent()?.join(named)).ok()
}

fn on_path(program: &str, serves: fn(&Path) -> bool) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    in_directories(&path, program, serves)
}

/// Whether this user can run a file as a program.
fn can_run(file: &Path) -> bool {
    #[cfg(unix)]
    let may = rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok();
    #[cfg(not(unix))]
    let may = true;
    may && file.is_file()
}

fn in_directories(path: &OsStr, program: &str, serves: fn(&Path) -> bool) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    env::split_paths(path).find_map(|directory| {
        let mut candidates =
            endings.iter().map(|ending| directory.join(format!("{program}{ending}")));
        candidates.find(|candidate| serves(candidate))
    })
}

/// `node_modules/.bin/pm2` of a directory or the nearest above it.
fn in_modules(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().find_map(|directory| {
        let programs = directory.join("node_modules").join(".bin");
        in_directories(programs.as_os_str(), "pm2", Path::is_file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A package `pm2` of this version; returns its program.
    fn package(directory: &Path, version: &str) -> PathBuf {
        let package = directory.join("node_modules/pm2");
        fs::create_dir_all(package.join("bin")).unwrap();
        fs::create_dir_all(package.join("lib")).unwrap();
        fs::write(package.join("lib/Client.js"), "").unwrap();
        fs::write(
            package.join("package.json"),
            format!(r#"{{"name": "pm2", "version": "{version}"}}"#),
        )
        .unwrap();
        let program = package.join("bin/pm2");
        fs::write(&program, "#!/usr/bin/env node\n").unwrap();
        program
    }

    #[test]
    fn the_program_its_package_and_a_shim_lead_to_the_package() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let program = package(&root, "6.0.14");
        let shims = root.join("node_modules/.bin");
        fs::create_dir(&shims).unwrap();
        let pnpm = shims.join("pm2");
        fs::write(
            &pnpm,
            "#!/bin/sh\nbasedir=$(dirname \"$0\")\nexec node \"$basedir/../pm2/bin/pm2\" \"$@\"\n",
        )
        .unwrap();
        let npm = shims.join("pm2.cmd");
        fs::write(&npm, "@ECHO off\r\n\"%_prog%\" \"%dp0%\\..\\pm2\\bin\\pm2\" %*\r\n").unwrap();
        let package = root.join("node_modules/pm2");
        for given in [&program, &package, &pnpm, &npm] {
            let found = Installation::find(Some(given), &[]).unwrap();
            assert_eq!((&found.package, found.version.as_str()), (&package, "6.0.14"), "{given:?}");
        }
        assert_eq!(in_modules(&root.join("services/web")), Some(pnpm));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_cannot_be_run_is_passed_over() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let node = |folder: &str, mode| {
            let folder = directory.path().join(folder);
            fs::create_dir(&folder).unwrap();
            let node = folder.join("node");
            fs::write(&node, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&node, fs::Permissions::from_mode(mode)).unwrap();
            node
        };
        let (plain, program) = (node("plain", 0o644), node("program", 0o755));
        fs::create_dir_all(directory.path().join("folder/node")).unwrap();
        let path = ["folder", "plain", "program"].map(|folder| directory.path().join(folder));
        let path = env::join_paths(path).unwrap();
        assert_eq!(in_directories(&path, "node", can_run), Some(program));
        assert_eq!(in_directories(&path, "node", Path::is_file), Some(plain));
    }

    #[test]
    fn what_is_no_pm2_or_too_old_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let old = package(directory.path(), "4.5.6");
        assert!(matches!(
            Installation::find(Some(&old), &[]),
            Err(Pm2Error::TooOld { version, .. }) if version == "4.5.6"
        ));
        let other = directory.path().join("other");
        fs::write(&other, "#!/bin/sh\n").unwrap();
        assert!(matches!(Installation::find(Some(&other), &[]), Err(Pm2Error::NotPm2 { .. })));
        // Neither a pipe nor a file without an end keeps whoever looks for PM2.
        #[cfg(unix)]
        {
            let pipe = directory.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(made.success());
            for endless in [pipe.as_path(), Path::new("/dev/zero")] {
                let found = Installation::find(Some(endless), &[]);
                assert!(matches!(found, Err(Pm2Error::NotPm2 { .. })), "{found:?}");
            }
        }
        let absent = directory.path().join("absent");
        assert!(matches!(Installation::find(Some(&absent), &[]), Err(Pm2Error::NotThere { .. })));
    }
}
