//! `check` says "ready" exactly where `up` succeeds: random parts of a system with random faults of
//! programs, directories, variables and ports.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use promethean::engine::{Definition, Engine as _, Process};
use promethean::preflight::{self, Circumstances};
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::dice::Dice;
use promethean_test_support::pm2::eventually;
use promethean_test_support::{effort, port};

use super::conventions;
use super::scene::Scene;

/// A port on which something listens, and one on which nothing does.
static TAKEN: LazyLock<TcpListener> = LazyLock::new(|| TcpListener::bind("127.0.0.1:0").unwrap());
static FREE: LazyLock<u16> = LazyLock::new(port::own);

fn taken() -> u16 {
    TAKEN.local_addr().unwrap().port()
}

static SYSTEM: Ecosystem = ecosystem! {
    name agreement;
    root "it/operations/services";
    paths unchecked;
    use conventions::CONVENTIONS;
    secrets ".tokens";

    external present { ready exec "true"; }
    external absent { ready exec "false"; }

    script good_path "plain" { run "./plain.sh"; }
    script good_program_link "plain" { run "./link.sh"; }
    script good_directory_link "linked" { run "./plain.sh"; }
    script good_name "plain" { run "sleep", "100000"; }
    script good_port "plain" { run "./plain.sh"; port (*FREE); }
    script good_secret "plain" { run "./plain.sh"; env { TOKEN = secret; } }
    script good_inherit "plain" { run "./plain.sh"; env { INHERITED = inherit "NOBODY_SETS_THIS" or "else"; } }
    script good_logs "plain" { run "./plain.sh"; out_file "./logs/new/out.log"; }
    script good_external "plain" { run "./plain.sh"; depends_on present; }
    script good_python "plain" { run "python3", "sleep.py"; }
    node good_entry "node" { entry "main.js"; }
    node good_main "packed";

    script bad_path "plain" { run "./missing.sh"; }
    script bad_mode "plain" { run "./closed.sh"; }
    script bad_head "plain" { run "./headless.sh"; }
    script bad_folder "plain" { run "./folder"; }
    script bad_link "plain" { run "./dangling.sh"; }
    script bad_name "plain" { run "no-program-has-this-name"; }
    script bad_directory "missing" { run "./plain.sh"; }
    script bad_directory_file "plain/plain.sh" { run "./plain.sh"; }
    node bad_entry "node" { entry "missing.js"; }
    node bad_main "unpacked";
    script bad_port "plain" { run "./plain.sh"; port (taken()); }
    script bad_secret "plain" { run "./plain.sh"; env { MISSING = secret; } }
    script bad_inherit "plain" { run "./plain.sh"; env { INHERITED = inherit "NOBODY_SETS_THIS"; } }
    script bad_env_file "plain" { run "./plain.sh"; env_file "missing.env"; }
    script bad_logs "plain" { run "./plain.sh"; out_file "./plain.sh/out.log"; }
    script bad_external "plain" { run "./plain.sh"; depends_on absent; }
};

/// What is there of it, and what is broken.
fn prepare(root: &Path) {
    let write = |path: &str, text: &str, mode: u32| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let forever = "setInterval(() => {}, 1000);\n";
    write(".tokens", "TOKEN=t0k3n\n", 0o600);
    write("plain/plain.sh", "#!/bin/sh\nexec sleep 100000\n", 0o755);
    write("plain/closed.sh", "#!/bin/sh\nexec sleep 100000\n", 0o644);
    write("plain/headless.sh", "exec sleep 100000\n", 0o755);
    write("plain/folder/plain.sh", "#!/bin/sh\nexec sleep 100000\n", 0o755);
    write("plain/sleep.py", "import time\ntime.sleep(100000)\n", 0o644);
    write("node/main.js", forever, 0o644);
    write("packed/package.json", r#"{"main": "lib"}"#, 0o644);
    write("packed/lib/index.js", forever, 0o644);
    write("unpacked/package.json", r#"{"main": "lib"}"#, 0o644);
    symlink("plain.sh", root.join("plain/link.sh")).unwrap();
    symlink("nowhere.sh", root.join("plain/dangling.sh")).unwrap();
    symlink("plain", root.join("linked")).unwrap();
}

fn names(prefix: &str) -> Vec<&'static str> {
    let apps = SYSTEM.resolve(&promethean::Options::default()).unwrap().apps;
    let names = apps.iter().map(|app| app.name.to_string()).filter(|name| name.starts_with(prefix));
    names.map(|name| &*name.leak()).collect()
}

#[test]
fn check_is_ready_where_up_succeeds() {
    let mut scene = Scene::new();
    prepare(scene.root().as_std_path());
    let (good, bad) = (names("good_"), names("bad_"));
    assert!(good.len() >= 12 && bad.len() >= 16);
    let mut dice = Dice::from_seed(7);
    // Each once alone, and then at random.
    let alone = good.iter().chain(&bad).map(|unit| vec![*unit]);
    let mut parts: Vec<Vec<&str>> = alone.collect();
    parts.push(good.clone());
    for _ in 0..effort::of(200) {
        let mut part = Vec::new();
        for _ in 0..=dice.below(5) {
            part.push(*dice.choose(&good));
        }
        if dice.once_in(2) {
            part.push(*dice.choose(&bad));
        }
        part.sort_unstable();
        part.dedup();
        parts.push(part);
    }
    let mut kept = Vec::new();
    for part in parts {
        let target = scene.target_of(&SYSTEM, &part);
        let mut circumstances = Circumstances::of_process(&scene.operator());
        circumstances.running = kept.iter().map(|unit: &&str| (*unit).to_owned()).collect();
        let report = preflight::check(&target.wanted(), &circumstances);
        let outcome = scene.up(&target);
        assert_eq!(report.is_ready(), outcome.is_ok(), "{part:?}\n{report}\n{outcome:?}");
        let is_good = part.iter().all(|unit| good.contains(unit));
        assert_eq!(report.is_ready(), is_good, "{part:?}: {report}");
        // Some stay, and others are started anew.
        match is_good && dice.once_in(3) {
            true => kept.extend(part),
            false => {
                scene.down(&target);
                kept.retain(|unit| !part.contains(unit));
            }
        }
    }
}

/// PM2 asked without a check runs none of what `check` finds broken of programs and directories. (A
/// script without `#!` is one that PM2 does not run from its own files; the `env` that `up` puts before
/// it hands it to a shell.)
#[test]
fn what_check_finds_broken_does_not_run() {
    let scene = Scene::new();
    prepare(scene.root().as_std_path());
    let broken: Vec<&str> = names("bad_")
        .into_iter()
        .filter(|name| {
            let of = ["path", "mode", "folder", "link", "name", "directory", "entry", "main"];
            of.iter().any(|kind| name.strip_prefix("bad_").unwrap().starts_with(kind))
        })
        .collect();
    let target = scene.target_of(&SYSTEM, &broken);
    let system = target.wanted();
    let operator = scene.operator();
    let lock = operator.lock("test", Duration::from_secs(60), &mut |_| {}).unwrap();
    let mut session = lock.launch().unwrap();
    let (sender, answers) = mpsc::channel();
    for definition in Definition::all(&operator, &system).unwrap() {
        let (name, sender) = (definition.app.name.to_string(), sender.clone());
        let start = definition.start(&operator, target.owner(), None);
        session.start(start, Box::new(move |answer| sender.send((name, answer)).unwrap()));
    }
    let mut started = Vec::new();
    for _ in &broken {
        let (name, answer) = answers.recv_timeout(Duration::from_secs(300)).unwrap();
        if answer.is_ok() {
            started.push(name);
        }
    }
    // What PM2 has taken ends again and again, or never had a process.
    let fails = |process: &Process| process.pid == 0 || process.restarts > 0;
    for name in &started {
        eventually(name, || {
            let listed = session.list().unwrap();
            listed.iter().filter(|process| process.name == *name).all(fails)
        });
    }
}
