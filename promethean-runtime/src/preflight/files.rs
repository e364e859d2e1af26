//! Directories, watched paths and the folders of logs. The compiler has looked at some of them; what
//! was deleted since, Cargo does not see.

use camino::Utf8Path;
use promethean_core::app::App;
use promethean_core::attribute::Setting;
use promethean_core::foreign::Foreign;

use super::{Report, Topic};
use crate::engine::users;

pub(super) fn check(app: &App, root: &Utf8Path, report: &mut Report) {
    if app.directory.starts_with(root) && !root.exists() {
        report.failure(
            Topic::Directory,
            &app.name,
            format!("the root {root} does not exist"),
            "`--root DIR` says where it is on this machine",
        );
        return;
    }
    if !app.directory.is_dir() {
        let what = if app.directory.exists() { "is not a directory" } else { "does not exist" };
        report.failure(
            Topic::Directory,
            &app.name,
            format!("its directory {} {what}", app.directory),
            "create it or check it out; `--root DIR` sets the root on this machine",
        );
        return;
    }
    entered(app, report);
    watched(app, report);
    for attribute in ["out_file", "error_file", "log_file", "pid_file"] {
        if let Some(Setting::Text(path)) = app.setting(attribute)
            && path != "NULL"
            && !path.starts_with('~')
        {
            written(app, attribute, &app.absolute(path.as_str()), report);
        }
    }
}

/// The user of a service gets into its directory.
fn entered(app: &App, report: &mut Report) {
    let Some(user) = users::of(app) else { return };
    if let Some(folder) = users::not_entered(&app.directory, user.uid) {
        let name = Foreign(&user.name);
        report.failure(
            Topic::User,
            &app.name,
            format!("{name} cannot get into its directory: {folder} lets only others in"),
            &format!("run `chmod o+x {folder}`, or move it to where {name} can read"),
        );
    }
}

/// PM2 watches what is not there for ever, and says nothing.
fn watched(app: &App, report: &mut Report) {
    if app.allows("missing-watch") {
        return;
    }
    for path in app.setting("watch").into_iter().flat_map(Setting::texts) {
        let absolute = app.absolute(path);
        let is_pattern = path.contains(['*', '?', '[', '{', '(', '!', '\\']);
        if !is_pattern && !absolute.exists() {
            let message = format!("it watches {absolute}, which does not exist");
            report.failure(Topic::Watch, &app.name, message, "create it, or watch another path");
        }
    }
}

/// PM2 makes the folders of logs that are not there.
fn written(app: &App, attribute: &str, path: &Utf8Path, report: &mut Report) {
    let is_there = |folder: &&Utf8Path| folder.symlink_metadata().is_ok();
    let Some(present) = path.ancestors().skip(1).find(is_there) else { return };
    let (reason, help) = match () {
        () if path.is_dir() => ("it is a directory".to_owned(), "name a file".to_owned()),
        // Whoever opens a pipe waits until somebody reads it.
        () if is_pipe(path) => (
            "it is a pipe or a socket".to_owned(),
            "name a regular file; `logs --follow` shows what it says".to_owned(),
        ),
        () if !present.exists() => (
            format!("{present} is a link to nothing"),
            "create the directory that the link leads to, or name another file".to_owned(),
        ),
        () if !present.is_dir() => (
            format!("{present} is not a directory"),
            format!("move {present} away, or name another file"),
        ),
        () if path.exists() && can_write(path) => return,
        () if path.exists() => (
            "it cannot be written to".to_owned(),
            "make the file writable, or name another file".to_owned(),
        ),
        () if !can_write(present) => (
            format!("{present} cannot be written to"),
            "make the folder writable, or name another file".to_owned(),
        ),
        () if is_of_kernel(present) => {
            (format!("{present} has only files of the system"), "name a file elsewhere".to_owned())
        }
        () => return,
    };
    let message = format!("its {attribute} {path} cannot be written: {reason}");
    report.failure(Topic::Log, &app.name, message, &help);
}

#[cfg(unix)]
fn is_pipe(path: &Utf8Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = path.metadata().map(|metadata| metadata.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

#[cfg(not(unix))]
fn is_pipe(_: &Utf8Path) -> bool {
    false
}

/// Whether nobody can make a file in a folder, not even root.
fn is_of_kernel(folder: &Utf8Path) -> bool {
    cfg!(target_os = "linux") && (folder.starts_with("/proc") || folder.starts_with("/sys"))
}

#[cfg(unix)]
fn can_write(folder: &Utf8Path) -> bool {
    rustix::fs::access(folder.as_std_path(), rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn can_write(folder: &Utf8Path) -> bool {
    folder.metadata().is_ok_and(|metadata| !metadata.permissions().readonly())
}
