//! What can be wrong with PM2, and what to do about it.

use std::path::PathBuf;

use promethean_core::foreign::{Foreign, Lines};

/// PM2 cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Pm2Error {
    /// No PM2 on this machine.
    #[error(
        "PM2 is not installed: there is no `pm2` on PATH or in a `node_modules/.bin`\n  \
         help: `npm install --global pm2` installs it; `--pm2 FILE` or PROMETHEAN_PM2 says where it is"
    )]
    NotInstalled,
    /// The path that was given leads nowhere.
    #[error(
        "{source_of_path} names {}: {}\n  help: give the path of the program `pm2`",
        Foreign(path.display()),
        Foreign(reason)
    )]
    NotThere {
        /// What was given.
        path: PathBuf,
        /// The option or variable that gave it.
        source_of_path: &'static str,
        /// Why it cannot be followed.
        reason: String,
    },
    /// The path that was given is not PM2's.
    #[error(
        "{source_of_path} leads to {}, which does not belong to the npm package `pm2`\n  \
         help: give the path of the program `pm2`, or of its package",
        Foreign(path.display())
    )]
    NotPm2 {
        /// What was given or found.
        path: PathBuf,
        /// The option or variable that gave it.
        source_of_path: &'static str,
    },
    /// An old version.
    #[error(
        "PM2 {} in {} is too old: versions 5, 6 and 7 work\n  \
         help: `npm install --global pm2@latest`, then `pm2 update`",
        Foreign(version),
        Foreign(package.display())
    )]
    TooOld {
        /// Its version.
        version: String,
        /// The directory of its package.
        package: PathBuf,
    },
    /// No Node beside PM2 or on PATH.
    #[error("PM2 needs Node, and there is no `node` on PATH\n  help: install Node 20 or newer")]
    NoNode,
    /// PM2's home cannot be used.
    #[error(
        "PM2's home {} cannot be used: {}\n  help: PM2_HOME names another directory",
        Foreign(path.display()),
        Foreign(reason)
    )]
    Home {
        /// The directory or file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// What is remembered of apps cannot be read.
    #[error(
        "{} cannot be read: {reason}\n  \
         help: it says which processes are of which app; without it they could be started twice. \
         Remove it and run the command again: what runs is then found by PM2's list, its pid files \
         and the environments of processes",
        path.display()
    )]
    Memory {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// PM2's home is so deep that its sockets cannot be bound.
    #[error(
        "PM2 cannot listen on {}: the path has {length} bytes, and that of a socket must have fewer \
         than {limit}\n  help: set PM2_HOME to a shorter path; it can be a symbolic link to the directory",
        path.display()
    )]
    SocketPath {
        /// The path of the socket.
        path: PathBuf,
        /// How long it is, in bytes.
        length: usize,
        /// How many bytes the operating system has for it and the zero behind it.
        limit: usize,
    },
    /// Another run is at work.
    #[error(
        "another run is at work in {}: {}\n  help: try again when it has ended",
        Foreign(home.display()),
        Foreign(holder)
    )]
    Locked {
        /// PM2's home.
        home: PathBuf,
        /// Who holds the lock.
        holder: String,
    },
    /// The Node process that talks to PM2 cannot be started or ended.
    #[error("PM2's client, run by {}, {}", Foreign(node.display()), Lines(reason))]
    Client {
        /// The Node that runs it.
        node: PathBuf,
        /// What happened, with the last lines it printed.
        reason: String,
    },
    /// The daemon went away.
    #[error(
        "PM2's daemon has ended while it was asked for something\n  \
         help: run the command again: it goes on from what is running then"
    )]
    DaemonLost,
    /// The daemon does not answer.
    #[error(
        "PM2's daemon has not answered for {seconds} seconds\n  \
         help: its log is {}; `pm2 kill` ends it with all it runs",
        Foreign(log.display())
    )]
    NoAnswer {
        /// How long.
        seconds: u64,
        /// The daemon's log.
        log: PathBuf,
    },
    /// PM2 answered with an error.
    #[error("PM2 refuses it: {}", Lines(reason))]
    Refused {
        /// What PM2 says.
        reason: String,
    },
    /// PM2 answered with something else than is known of its versions.
    #[error("PM2 {} answers what is not understood: {}", Foreign(version), Lines(reason))]
    Unexpected {
        /// The version of the package.
        version: String,
        /// What is wrong with it.
        reason: String,
    },
}
