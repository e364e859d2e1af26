//! What the processes that were listed have left when they ended.
//!
//! PM2 ends a process with its children and theirs, as they are at that moment. It does not see one
//! whose parent has ended before: `nohup serve &`, or a daemon that forks twice.

use sysinfo::Pid;

use super::whose::{Told, Verdict, is_in, is_same};
use super::{Home, daemon};
use crate::engine::processes::{Processes, Tree, variable};
use crate::engine::{Group, Known, Orphan, Process, Unlisted};

/// What the apps that were stopped have left running, and what they may have left.
pub(in crate::pm2) fn left_behind(
    home: &Home,
    stopped: &[Known<'_>],
    others: &[Known<'_>],
    listed: &[Process],
) -> Unlisted {
    let processes = Processes::all();
    let tree = Tree::of(&processes);
    // What runs as it should, PM2 itself, and this run with all that it comes from.
    let mut placed = tree.ancestors(std::process::id());
    for process in listed.iter().filter(|process| process.pid != 0) {
        placed.extend(tree.family(process.pid));
    }
    placed.extend(daemon(&processes, home, listed).map(Pid::as_u32));
    let mut left = Unlisted::default();
    for process in processes.alive().filter(|process| !placed.contains(&process.pid().as_u32())) {
        let session = process.session_id().map(Pid::as_u32);
        let of_session = stopped.iter().find(|(_, remembered)| {
            session.is_some_and(|session| remembered.ending.contains(&session))
        });
        let pid = process.pid().as_u32();
        let (app, remembered) = match of_session {
            Some(known) => *known,
            None => {
                let Some(_channel) = variable(process, "NODE_CHANNEL_FD") else { continue };
                let told = Told::by(process, home);
                let is_its = |known: &&Known<'_>| match &told {
                    Told::Settings(settings) => {
                        let directory = settings.directory.as_ref();
                        settings.verdict(known.0) == Verdict::Its
                            && directory.is_none_or(|directory| {
                                is_same(directory, known.1.directory.as_std_path())
                            })
                    }
                    Told::Nothing => is_in(process, known),
                    Told::AnotherHome | Told::Unreadable => false,
                };
                let Some(known) = stopped.iter().find(is_its) else { continue };
                if others.iter().any(|other| is_its(&other)) {
                    left.unclear.push((known.0.to_owned(), pid));
                    continue;
                }
                *known
            }
        };
        left.orphans.push(Orphan {
            app: app.to_owned(),
            pid,
            file: None,
            kill_timeout: remembered.kill_timeout(),
            group: Group::Descendants(Vec::new()),
            lost: false,
        });
    }
    left
}
