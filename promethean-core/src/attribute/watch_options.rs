//! The options in the block of `watch_options`: those of chokidar 3.6.0, which PM2 7 watches with (`types/index.d.ts`).

use super::table::pm2;
use super::{Attribute, Type};

const BOOLEAN: &[Type] = &[Type::Boolean];
/// Node's timers count whole milliseconds.
const NUMBER: Type = Type::Integer { minimum: 1, maximum: Type::LONGEST_MILLISECONDS };
const TIME: Type = Type::Duration { minimum: 1 };
const MILLISECONDS: &[Type] = &[NUMBER, TIME];
const BOOLEAN_OR_MILLISECONDS: &[Type] = &[Type::Boolean, NUMBER, TIME];
const DEPTH: &[Type] = &[Type::Integer { minimum: 0, maximum: Type::UNBOUNDED }];

/// Every option of `watch_options`. What PM2 gives chokidar by itself is the default.
pub static WATCH_OPTIONS: &[Attribute] = &[
    pm2(
        "usePolling",
        &[],
        BOOLEAN,
        "false",
        "Whether it looks at every file again and again, as network drives and some containers need.",
    ),
    pm2(
        "interval",
        &[],
        MILLISECONDS,
        "100",
        "The time between two looks, in milliseconds. Only with `usePolling true`.",
    ),
    pm2(
        "binaryInterval",
        &[],
        MILLISECONDS,
        "300",
        "The same for binary files. Only with `usePolling true`.",
    ),
    pm2(
        "followSymlinks",
        &[],
        BOOLEAN,
        "true",
        "Whether what symbolic links lead to is watched, too.",
    ),
    pm2(
        "disableGlobbing",
        &[],
        BOOLEAN,
        "false",
        "Whether `*`, `?` and brackets in paths stand for themselves.",
    ),
    pm2(
        "depth",
        &[],
        DEPTH,
        "",
        "How many folders below the watched one are watched, too; by default all.",
    ),
    pm2(
        "awaitWriteFinish",
        &[],
        BOOLEAN,
        "false",
        "Whether a file counts as changed only when its size has stayed the same for 2 s.",
    ),
    pm2(
        "atomic",
        &[],
        BOOLEAN_OR_MILLISECONDS,
        "true without polling",
        "Whether a file that is removed and there again within 100 ms, or as many milliseconds, has changed once.",
    ),
    pm2(
        "ignoreInitial",
        &[],
        BOOLEAN,
        "true",
        "`false` takes what is there at the start for a change.",
    ),
    pm2(
        "ignored",
        &[],
        &[Type::Text],
        "",
        "Globs that are ignored in the place of all that `ignore_watch` names.",
    )
    .many(),
    pm2(
        "ignorePermissionErrors",
        &[],
        BOOLEAN,
        "false",
        "Whether files that cannot be read are passed over without a word.",
    ),
    pm2(
        "cwd",
        &[],
        &[Type::Path],
        "the service's directory",
        "The directory that relative paths begin at.",
    ),
    pm2(
        "alwaysStat",
        &[],
        BOOLEAN,
        "false",
        "Whether it asks for more about a file than it needs.",
    ),
    pm2("useFsEvents", &[], BOOLEAN, "true on macOS", "Whether it uses the events of macOS."),
    pm2("persistent", &[], BOOLEAN, "true", "Whether it keeps PM2's own process alive."),
];

/// Their names.
pub(super) const NAMES: &[&str] = &{
    let mut names = [""; WATCH_OPTIONS.len()];
    let mut row = 0;
    while row < names.len() {
        names[row] = WATCH_OPTIONS[row].name;
        row += 1;
    }
    names
};
