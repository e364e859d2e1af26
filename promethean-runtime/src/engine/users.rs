//! The user that an app runs as: `uid`, as PM2 finds it (`lib/tools/passwd.js`, `lib/Common.js`).

use std::fs;

use camino::Utf8Path;
use promethean_core::app::App;
use promethean_core::attribute::Setting;

use super::User;

/// The user that `uid` names; `None` without `uid`, or if there is no such user.
pub(crate) fn of(app: &App) -> Option<User> {
    find(&named(app, "uid")?)
}

/// What `uid` or `gid` names.
pub(crate) fn named(app: &App, attribute: &str) -> Option<String> {
    match app.setting(attribute)? {
        Setting::Text(name) => Some(name.to_string()),
        Setting::Integer(number) => Some(number.to_string()),
        Setting::Boolean(_)
        | Setting::Float(_)
        | Setting::Duration(_)
        | Setting::Size(_)
        | Setting::List(_)
        | Setting::Object(_) => None,
    }
}

/// The user with a name or number; PM2 knows those in `/etc/passwd`.
pub(crate) fn find(user: &str) -> Option<User> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    // passwd(5): name, password, uid, gid, comment, home, shell.
    let entry = entries(&passwd)
        .find(|fields| fields.first() == Some(&user) || fields.get(2) == Some(&user))?;
    Some(User {
        name: (*entry.first()?).to_owned(),
        uid: entry.get(2)?.parse().ok()?,
        gid: entry.get(3)?.parse().ok()?,
        home: entry.get(5).copied().unwrap_or_default().to_owned(),
        shell: entry.get(6).copied().unwrap_or_default().to_owned(),
    })
}

/// The number of a group with a name or number; PM2 knows those in `/etc/group`.
pub(crate) fn group(group: &str) -> Option<u32> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    // group(5): name, password, gid, members.
    let entry = entries(&groups)
        .find(|fields| fields.first() == Some(&group) || fields.get(2) == Some(&group))?;
    entry.get(2)?.parse().ok()
}

/// The numbers of the user and the group that an app runs as, where it names them: the group is that of
/// the user where it names none.
pub(crate) fn numbers_of(app: &App) -> (Option<u32>, Option<u32>) {
    let user = of(app);
    let named = named(app, "gid").and_then(|name| group(&name));
    let gid = named.or_else(|| user.as_ref().map(|user| user.gid));
    (user.map(|user| user.uid), gid)
}

/// What a user may do with a file or a directory.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Right {
    Write = 0o2,
    Enter = 0o1,
}

/// Whether a user surely has no right: neither as its owner nor as one of its group or any other. What is not
/// there is not judged, and root has every right.
#[cfg(unix)]
pub(crate) fn lacks(path: &Utf8Path, uid: u32, right: Right) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let right = right as u32;
    uid != 0
        && path.metadata().is_ok_and(|metadata| {
            let own = if metadata.uid() == uid { right << 6 } else { 0 };
            metadata.mode() & (own | right << 3 | right) == 0
        })
}

/// The directory on the way to another one, or that one, which a user surely cannot enter.
#[cfg(unix)]
pub(crate) fn not_entered(directory: &Utf8Path, uid: u32) -> Option<&Utf8Path> {
    let ancestors: Vec<&Utf8Path> = directory.ancestors().collect();
    ancestors.into_iter().rev().find(|ancestor| lacks(ancestor, uid, Right::Enter))
}

#[cfg(not(unix))]
pub(crate) fn not_entered(_: &Utf8Path, _: u32) -> Option<&Utf8Path> {
    None
}

fn entries(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(':').collect())
}
