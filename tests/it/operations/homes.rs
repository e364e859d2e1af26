//! Where PM2's home is, and the files in it that say whether a daemon is there.
//!
//! PM2's own: the embedded engine has a directory for each ecosystem, and `embedded::` tests it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use promethean_test_support::pm2::Pm2;

use super::crashes::{alive, run};
use super::scene::{Scene, kill};

/// How many bytes the path of a socket and its end have on this system.
const SOCKET_PATH: usize = if cfg!(target_os = "linux") { 108 } else { 104 };

/// A scene whose PM2 has sockets with paths of so many bytes.
fn scene_of(length: usize) -> Scene {
    let mut scene = Scene::new();
    let pm2 = Pm2::new();
    let rest = length - "//rpc.sock".len() - pm2.directory().as_os_str().len();
    scene.pm2 = pm2.below("x".repeat(rest)).into();
    assert_eq!(scene.pm2.home().join("rpc.sock").as_os_str().len(), length);
    scene
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_socket_whose_path_just_fits_is_used() {
    thread::scope(|scope| {
        for length in [100, SOCKET_PATH - 2, SOCKET_PATH - 1] {
            scope.spawn(move || {
                let scene = scene_of(length);
                for _ in 0..2 {
                    let up = run(&scene, &["up", "one"], 1).output().unwrap();
                    assert!(up.status.success(), "{length}: {}", text(&up));
                    assert_eq!(alive(&scene), ["sleep 100000 1"], "{length}");
                    assert_eq!(scene.processes()["one"].len(), 1, "{length}");
                }
                let down = run(&scene, &["down"], 1).output().unwrap();
                assert!(down.status.success(), "{length}: {}", text(&down));
                assert_eq!(alive(&scene), [""; 0], "{length}");
            });
        }
    });
}

/// Node 20 cuts such a path off, so that no file says that a daemon is there; newer versions reject
/// it.
#[test]
fn a_socket_whose_path_is_too_long_is_rejected() {
    for length in SOCKET_PATH..=SOCKET_PATH + 7 {
        let scene = scene_of(length);
        let commands: &[&[&str]] = match length {
            SOCKET_PATH => &[
                &["up"],
                &["down"],
                &["restart"],
                &["reload"],
                &["plan"],
                &["apply", "--yes"],
                &["status"],
                &["check"],
            ],
            _ => &[&["up"], &["down"]],
        };
        for arguments in commands {
            let mut command = run(&scene, arguments, 1);
            let rejected = command.stdout(std::process::Stdio::piped()).output().unwrap();
            let said = text(&rejected);
            assert!(!rejected.status.success(), "{length}: {arguments:?}: {said}");
            let socket = scene.pm2.home().join("rpc.sock").display().to_string();
            let parts = [&socket, &format!("{length} bytes"), &format!("than {SOCKET_PATH}")];
            for part in parts {
                assert!(said.contains(part.as_str()), "{length}: {arguments:?}: {said}");
            }
            assert!(said.contains("set PM2_HOME to a shorter path"), "{arguments:?}: {said}");
        }
        assert!(!scene.pm2.home().exists(), "{length}");
        assert_eq!(alive(&scene), [""; 0], "{length}");
    }
}

/// `..` after a link leads elsewhere for the operating system than for PM2, which takes it out of the
/// text.
#[test]
fn a_home_is_the_same_however_it_is_written() {
    let mut scene = Scene::new();
    scene.pm2 = Pm2::new().below("home").into();
    let directory = scene.pm2.directory();
    fs::create_dir_all(directory.join("elsewhere/below")).unwrap();
    symlink("home", directory.join("link")).unwrap();
    symlink("elsewhere/below", directory.join("away")).unwrap();
    let with = |mut command: Command, home: &str| {
        command.env("PM2_HOME", home).current_dir(directory);
        command
    };
    let up = |home: &str| {
        let up = with(run(&scene, &["up", "one"], 1), home).output().unwrap();
        assert!(up.status.success(), "{home}: {}", text(&up));
        text(&up)
    };
    let absolute = |path: &str| directory.join(path).display().to_string();
    up(&absolute("home"));
    let pid = scene.pid("one");
    let homes = ["home", "home/", "./home", "away/../home", "link"].map(str::to_owned);
    let homes = homes.into_iter().chain(["home/", "link/", "away/../home"].map(absolute));
    for home in homes {
        up(&home);
        assert_eq!(alive(&scene), ["sleep 100000 1"], "{home}");
        let list = with(scene.pm2.command(&["jlist"]), &home).output().unwrap();
        assert!(text(&list).contains(&format!("\"pid\":{pid},")), "{home}: {}", text(&list));
    }

    // What a killed daemon left is found through a link, too, and when it has no pid file.
    scene.kill_daemon();
    fs::remove_dir_all(scene.pm2.home().join("pids")).unwrap();
    let said = up(&absolute("link"));
    assert!(said.contains(&format!("ending process {pid}")), "{said}");
    assert_eq!(alive(&scene), ["sleep 100000 1"]);
}

/// Ends what was started with variables of PM2's.
struct Elsewhere<'s> {
    scene: &'s Scene,
    socket: &'s Path,
}

impl Elsewhere<'_> {
    fn with(&self, mut command: Command) -> Command {
        command.env("PM2_DAEMON_RPC_PORT", self.socket);
        command
    }
}

impl Drop for Elsewhere<'_> {
    fn drop(&mut self) {
        let _ = self.with(self.scene.pm2.command(&["kill"])).output();
    }
}

#[test]
fn a_daemon_whose_socket_is_elsewhere_is_found() {
    let scene = Scene::new();
    let socket = scene.path("requests.sock");
    let elsewhere = Elsewhere { scene: &scene, socket: &socket };
    for _ in 0..2 {
        let up = elsewhere.with(run(&scene, &["up", "one"], 1)).output().unwrap();
        assert!(up.status.success(), "{}", text(&up));
        assert_eq!(alive(&scene), ["sleep 100000 1"]);
    }
    assert!(socket.exists() && !scene.pm2.home().join("rpc.sock").exists());
    let down = elsewhere.with(run(&scene, &["down"], 1)).output().unwrap();
    assert!(down.status.success(), "{}", text(&down));
    assert_eq!(alive(&scene), [""; 0]);
}

/// Numbers of processes are given again.
#[test]
fn a_pid_file_of_a_daemon_that_names_another_process_is_no_daemon() {
    let scene = Scene::new();
    let up = || {
        let up = run(&scene, &["up", "one"], 1).output().unwrap();
        assert!(up.status.success(), "{}", text(&up));
        text(&up)
    };
    up();
    let pid = scene.pid("one");
    let daemon = scene.pm2.home().join("pm2.pid");
    scene.kill_daemon();
    fs::remove_dir_all(scene.pm2.home().join("pids")).unwrap();
    fs::write(&daemon, std::process::id().to_string()).unwrap();
    let said = up();
    assert!(said.contains(&format!("ending process {pid}")), "{said}");
    assert_eq!(alive(&scene), ["sleep 100000 1"]);
    // Nor when a daemon runs that another has written over.
    let running = fs::read_to_string(&daemon).unwrap();
    fs::write(&daemon, std::process::id().to_string()).unwrap();
    let said = up();
    assert!(!said.contains("ending process"), "{said}");
    fs::write(&daemon, &running).unwrap();
    kill(running.trim());
    up();
    assert_eq!(alive(&scene), ["sleep 100000 1"]);
}
