//! What stands in PM2's home and is not what an operation put there.
//!
//! PM2's own are its home, its pid files, and what its killed daemon leaves behind.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use promethean::operations::{self, Status};
use promethean::pm2::Pm2Error;
use promethean::preflight::{self, Circumstances, Severity, Topic};
use promethean::{Ecosystem, ecosystem};
use serde_json::Value;

use super::crashes::{alive, run, run_of};
use super::scene::{Scene, lives, on_both_engines, pm2_error};

on_both_engines! {
    nothing_is_written_through_a_link,
    a_check_finds_what_is_remembered_and_cannot_be_read,
    what_is_listed_goes_down_where_what_is_remembered_cannot_be_read,
}

static SYSTEM: Ecosystem = ecosystem! {
    name trusting;
    root "it/operations/services";
    script one { run "sleep", "100000"; }
    script two { run "sleep", "100000"; }
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// What can be in the place of `apps.json`, and what is said of it.
type Damage = (&'static str, fn(&Path, &[u8]), &'static str);

const DAMAGES: [Damage; 9] = [
    ("truncated", |file, text| fs::write(file, &text[..text.len() / 2]).unwrap(), "EOF"),
    ("empty", |file, _| fs::write(file, "").unwrap(), "EOF"),
    ("another type", |file, _| fs::write(file, "[1]").unwrap(), "expected a map"),
    ("an app of another type", |file, _| fs::write(file, r#"{"one":1}"#).unwrap(), "Remembered"),
    ("not UTF-8", |file, _| fs::write(file, b"{\"\xff\": 1}").unwrap(), "unicode"),
    ("a directory", |file, _| fs::create_dir(file).unwrap(), "it is not a file"),
    ("a pipe", |file, _| fifo(file), "it is not a file"),
    (
        "of everybody",
        |file, text| {
            fs::write(file, text).unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(0o666)).unwrap();
        },
        "other users can write to it",
    ),
    (
        "a link",
        |file, text| {
            let other = file.with_file_name("elsewhere");
            fs::write(&other, text).unwrap();
            symlink(other, file).unwrap();
        },
        "a link",
    ),
];

#[test]
fn what_is_remembered_and_cannot_be_read_stops_everything() {
    let mut scene = Scene::new();
    let target = scene.target(&SYSTEM);
    scene.up(&target).unwrap();
    let file = scene.pm2.home().join("promethean/apps.json");
    let text = fs::read(&file).unwrap();
    let before = [scene.pid("one"), scene.pid("two")];
    scene.kill_daemon();
    for (told, damage, reason) in DAMAGES {
        fs::remove_file(&file).unwrap();
        damage(&file, &text);
        let refused = scene.up(&target).unwrap_err();
        assert!(matches!(pm2_error(&refused), Some(Pm2Error::StateFile { .. })), "{told}");
        let refused = refused.to_string();
        assert!(refused.contains(reason) && refused.contains("Remove it"), "{told}: {refused}");
        assert!(operations::plan(&scene.operator(), &target).is_err(), "{told}");
        let status: Status = operations::status(&scene.operator(), &target).unwrap();
        assert!(
            status.notes.iter().any(|note| note.message.contains(reason)),
            "{told}: {status:?}"
        );
        assert!(before.iter().all(|pid| lives(*pid)), "{told}");
        assert!(!scene.pm2.home().join("rpc.sock").exists() || scene.processes().is_empty());
        if file.is_dir() {
            fs::remove_dir(&file).unwrap();
            fs::write(&file, "").unwrap();
        }
    }
    // As the help says: what is left is found without it.
    fs::remove_file(&file).unwrap();
    scene.up(&target).unwrap();
    assert!(before.iter().all(|pid| !lives(*pid)), "{:?}", scene.events());
    assert_eq!(scene.processes().len(), 2);
}

fn what_is_listed_goes_down_where_what_is_remembered_cannot_be_read(scene: Scene) {
    let system = "crashing";
    for (told, damage, reason) in DAMAGES {
        let up = run_of(system, &scene, &["up"], 1).output().unwrap();
        assert!(up.status.success(), "{told}: {}", String::from_utf8_lossy(&up.stderr));
        assert!(!scene.processes().is_empty(), "{told}");
        let file = remembered(&scene.home()).unwrap();
        let text = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        damage(&file, &text);
        let down = run_of(system, &scene, &["down"], 1).output().unwrap();
        let said = String::from_utf8_lossy(&down.stderr);
        assert!(down.status.success(), "{told}: {said}");
        let warns = said.contains(reason) && said.contains("lists is stopped");
        assert!(warns && said.contains("emove it"), "{told}: {said}");
        assert!(scene.processes().is_empty(), "{told}: {said}");
        // What cannot be read stays as it is, for whoever looks at it.
        match file.is_dir() {
            true => fs::remove_dir(&file).unwrap(),
            false => fs::remove_file(&file).unwrap(),
        }
    }
}

fn a_check_finds_what_is_remembered_and_cannot_be_read(scene: Scene) {
    let system = "crashing";
    let up = run_of(system, &scene, &["up"], 1).output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    let file = remembered(&scene.home()).unwrap();
    let text = fs::read(&file).unwrap();
    let check = |scene: &Scene| {
        let mut check = run_of(system, scene, &["check", "--json"], 1);
        let output = check.stdout(Stdio::piped()).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report["findings"].clone())
    };
    let (code, findings) = check(&scene);
    assert_eq!(code, Some(0), "{findings}");
    for (told, damage, reason) in DAMAGES {
        fs::remove_file(&file).unwrap();
        damage(&file, &text);
        let (code, findings) = check(&scene);
        assert_eq!(code, Some(3), "{told}: {findings}");
        let home = findings.as_array().unwrap().iter().find(|finding| finding["kind"] == "home");
        let home = home.unwrap_or_else(|| panic!("{told}: {findings}"));
        assert_eq!(home["severity"], "failure", "{told}");
        let text = |field: &str| home[field].as_str().unwrap_or_default().to_owned();
        let message = format!("{} cannot be read: ", file.display());
        assert!(text("message").starts_with(&message), "{told}: {home}");
        assert!(text("message").contains(reason), "{told}: {home}");
        assert!(text("help").contains("emove it"), "{told}: {home}");
        // `up` says the same.
        let up = run_of(system, &scene, &["up"], 1).output().unwrap();
        let said = String::from_utf8_lossy(&up.stderr);
        assert!(!up.status.success() && said.contains(&message), "{told}: {said}");
        if file.is_dir() {
            fs::remove_dir(&file).unwrap();
            fs::write(&file, "").unwrap();
        }
    }
    fs::remove_file(&file).unwrap();
    let (code, findings) = check(&scene);
    assert_eq!(code, Some(0), "{findings}");
    assert!(!scene.processes().is_empty());
}

/// The file with what is remembered, below a directory.
fn remembered(directory: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let own = entries.iter().find(|path| path.ends_with("apps.json")).cloned();
    let mut below = entries.iter().filter(|path| path.is_dir() && !path.is_symlink());
    own.or_else(|| below.find_map(|path| remembered(path)))
}

fn nothing_is_written_through_a_link(mut scene: Scene) {
    let target = scene.target(&SYSTEM);
    let victim = scene.path("victim");
    fs::write(&victim, "precious").unwrap();
    let own = scene.own(&target);
    fs::create_dir(&own).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).unwrap();
    symlink(&victim, own.join("lock")).unwrap();
    let refused = scene.up(&target).unwrap_err().to_string();
    assert!(refused.contains("lock") && refused.contains("it is a link"), "{refused}");
    assert!(refused.contains("_HOME to another directory"), "{refused}");
    fs::remove_file(own.join("lock")).unwrap();
    for file in ["holder.json", ".holder.json.new", ".apps.json.new"] {
        symlink(&victim, own.join(file)).unwrap();
    }
    scene.up(&target).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(mode(&own), 0o700);
    // Who had the lock is gone with the run.
    assert!(fs::symlink_metadata(own.join("holder.json")).is_err());
    for file in ["lock", "apps.json"] {
        assert!(fs::symlink_metadata(own.join(file)).unwrap().is_file(), "{file}");
        assert_eq!(mode(&own.join(file)), 0o600, "{file}");
    }
    // The directory itself may be one.
    scene.down(&target);
    let elsewhere = scene.path("elsewhere");
    fs::rename(&own, &elsewhere).unwrap();
    symlink(&elsewhere, &own).unwrap();
    let refused = scene.up(&target).unwrap_err().to_string();
    assert!(
        refused.contains(own.to_str().unwrap()) && refused.contains("it is a link"),
        "{refused}"
    );
}

/// Where the embedded engine would be cannot be looked into: what runs there would be started a second time on PM2.
#[test]
fn what_cannot_be_seen_is_not_taken_for_nothing() {
    let scene = Scene::embedded();
    assert!(run(&scene, &["up", "one"], 1).status().unwrap().success());
    let before = alive(&scene);
    let own = remembered(&scene.home()).unwrap().parent().unwrap().to_owned();
    let elsewhere = scene.path("elsewhere");
    fs::rename(&own, &elsewhere).unwrap();
    symlink(&elsewhere, &own).unwrap();
    let pm2 = Scene::new();
    let said = |arguments: &[&str]| {
        let mut command = run(&scene, arguments, 1);
        pm2.pm2.engage(&mut command).env_remove("PROMETHEAN_ENGINE");
        let output = command.env("PROMETHEAN_HOME", scene.home()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let unseen = format!(
        "error: whether the embedded engine runs this system is not known: {}: it is a link; it must be a directory\n  \
         help: make that a directory that you can read, or choose: `--engine pm2`",
        own.display()
    );
    for arguments in [&["up", "one"][..], &["down"], &["status"], &["plan"], &["restart", "one"]] {
        let (code, said) = said(arguments);
        assert_eq!(code, Some(5), "{arguments:?}: {said}");
        assert!(said.contains(&unseen), "{arguments:?}: {said}");
    }
    fs::remove_file(&own).unwrap();
    fs::rename(&elsewhere, &own).unwrap();
    assert_eq!(alive(&scene), before);
    let (code, said) = said(&["down"]);
    assert_eq!((code, alive(&scene).len()), (Some(0), 0), "{said}");
}

#[test]
fn a_home_that_all_can_write_to_is_told_of() {
    let mut scene = Scene::new();
    fs::set_permissions(scene.pm2.home(), fs::Permissions::from_mode(0o777)).unwrap();
    let target = scene.target(&SYSTEM);
    scene.up(&target).unwrap();
    let told = format!("{:?}", scene.events());
    assert!(told.contains("chmod go-w"), "{told}");
    let status = operations::status(&scene.operator(), &target).unwrap();
    assert!(status.notes.iter().any(|note| note.to_string().contains("chmod go-w")), "{status:?}");
    let report = preflight::check(&target.wanted(), &Circumstances::of_process(&scene.operator()));
    let warned = report.findings.iter().find(|finding| finding.kind == Topic::Home).unwrap();
    assert_eq!(warned.severity, Severity::Warning);
    assert!(warned.to_string().contains("chmod go-w"), "{warned}");
    assert_eq!(mode(&scene.pm2.home().join("promethean")), 0o700);
}

/// Pid files stand where others may write, too: one that names another process ends nothing, and
/// a pipe keeps nobody waiting.
#[test]
fn a_pid_file_of_somebody_elses_process_ends_nothing() {
    let mut scene = Scene::new();
    let target = scene.target(&SYSTEM);
    scene.up(&target).unwrap();
    let before = [scene.pid("one"), scene.pid("two")];
    let mut stranger =
        Command::new("sleep").arg("100000").current_dir(scene.root()).spawn().unwrap();
    scene.kill_daemon();
    let pids = scene.pm2.home().join("pids");
    fs::write(pids.join("one-71.pid"), stranger.id().to_string()).unwrap();
    fifo(&pids.join("one-72.pid"));
    fs::write(scene.path("number"), stranger.id().to_string()).unwrap();
    symlink(scene.path("number"), pids.join("one-73.pid")).unwrap();
    scene.up(&target).unwrap();
    assert!(before.iter().all(|pid| !lives(*pid)));
    let lived = stranger.try_wait().unwrap().is_none();
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    assert!(lived, "{:?}", scene.events());
}
