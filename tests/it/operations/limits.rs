//! A limit of processes and threads.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use promethean_test_support::{effort, side_by_side};

use super::crashes::run_of;
use super::scene::Scene;

/// Users that have no processes, from these on, for tests that root runs: nothing limits root itself.
/// Each limit is tried with a user of its own.
const NOBODY: u32 = 54_321;
const NOBODY_ELSE: u32 = 54_421;

/// What the user of a file has running, in threads.
fn threads_of(user: &str) -> usize {
    let field = |status: &str, name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()).map(str::to_owned)
    };
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let statuses =
        processes.filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok());
    let own = statuses.filter(|status| field(status, "Uid:").as_deref() == Some(user));
    own.filter_map(|status| field(&status, "Threads:")?.parse::<usize>().ok()).sum()
}

fn own_user() -> String {
    let output = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A command of a user that may start so many processes and threads more; `None` for as many as it likes.
fn limited(command: &Command, user: u32, more: Option<usize>) -> Command {
    let own = own_user();
    let mut limited = match own.as_str() {
        "0" => {
            let mut other = Command::new("setpriv");
            // It may use the files of this test all the same.
            let rights = "+dac_override,+fowner";
            other
                .args([format!("--reuid={user}"), "--clear-groups".to_owned()])
                .args([format!("--inh-caps={rights}"), format!("--ambient-caps={rights}")])
                .arg("bash");
            (other, user.to_string())
        }
        _ => (Command::new("bash"), own),
    };
    let limit = more.map(|more| format!("ulimit -u {}; ", threads_of(&limited.1) + more));
    limited.0.args(["-c", &format!("{}exec \"$@\"", limit.unwrap_or_default()), "bash"]);
    limited.0.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        limited.0.env(name, value.unwrap_or_default());
    }
    limited.0.stdout(Stdio::null()).stderr(Stdio::piped());
    limited.0
}

pub fn a_limit_of_processes_is_reported_with_what_to_do() {
    // Too few for a process, for Node, for PM2's daemon, and for some of the apps.
    is_reported(Scene::new, NOBODY, &effort::some_of(&[1, 3, 8, 16, 22, 24]));
}

pub fn a_limit_of_processes_is_reported_on_the_embedded_engine() {
    // Too few for a thread, for the guard, for the engine, and for some of the apps.
    is_reported(Scene::embedded, NOBODY_ELSE, &[1, 2, 3, 4, 6, 8]);
}

fn is_reported(scene: fn() -> Scene, users: u32, tried: &[usize]) {
    let failures = AtomicUsize::new(0);
    let limits = tried.iter().copied().zip(users..).map(|(more, user)| {
        let failures = &failures;
        let one = move || {
            let failed = is_made_good(&scene(), user, more);
            failures.fetch_add(usize::from(failed), Ordering::Relaxed);
        };
        (format!("{more} more"), one)
    });
    // A client that cannot start is waited for. Who is not root has one limit at a time.
    match own_user().as_str() {
        "0" => side_by_side::run(tried.len(), limits),
        _ => limits.for_each(|(_, one)| one()),
    }
    let failures = failures.into_inner();
    assert!(failures * 3 >= tried.len() * 2, "{failures} of {tried:?}");
}

/// Whether a limit of so many processes and threads more makes `up` fail, which says what to do. The next
/// one without a limit makes it good.
fn is_made_good(scene: &Scene, user: u32, more: usize) -> bool {
    let up = run_of("crashing", scene, &["up"], 1);
    let output = limited(&up, user, Some(more)).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{more}: {said}");
    let failed = match output.status.code() {
        Some(0) => false,
        Some(4 | 5) => true,
        other => panic!("{more}: {other:?}: {said}"),
    };
    assert!(!failed || said.contains("help: raise the limit (`ulimit -u`"), "{more}: {said}");
    // A daemon keeps the limit that it was started with.
    if scene.daemon().is_some() {
        scene.kill_daemon();
    }
    let output = limited(&up, user, None).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{more}: {said}");
    assert_eq!(scene.processes().len(), 4, "{more}: {said}");
    failed
}
