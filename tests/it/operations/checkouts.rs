//! Two checkouts of one repository, side by side.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use camino::Utf8Path;
use promethean::{Ecosystem, ecosystem};
use promethean_test_support::pm2::eventually;
use promethean_test_support::{files, port};
use serde_json::{Value, json};

use super::conventions;
use super::scene::{Scene, lives};

static SYSTEM: Ecosystem = ecosystem! {
    name checkouts;
    root "it/operations/services";
    use conventions::CONVENTIONS;
    node web {
        entry "listen.js";
        listen http auto;
        ready http "/";
        env { LISTEN = "{port}"; SAYS = "{root}"; }
    }
    script client { run "./stamp.sh"; depends_on web; env { WEB = url web "/"; } }
};

/// A checkout, and an engine for it. Its port belongs to this test.
fn checkout(scene: fn() -> Scene) -> (Scene, u16) {
    loop {
        let scene = scene();
        let port = scene.target(&SYSTEM).system().app("web").unwrap().port().unwrap();
        if port::claim(port) {
            return (scene, port);
        }
    }
}

/// What the service on a port says.
fn said(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.rsplit("\r\n").next().unwrap().to_owned()
}

#[test]
fn two_checkouts_run_side_by_side_and_each_goes_by_itself() {
    side_by_side(Scene::new);
}

#[test]
fn two_checkouts_run_side_by_side_on_the_embedded_engine() {
    side_by_side(Scene::embedded);
}

fn side_by_side(scene: fn() -> Scene) {
    let ((mut one, first), (mut two, second)) = (checkout(scene), checkout(scene));
    assert_ne!(first, second);
    one.up(&one.target(&SYSTEM)).unwrap();
    two.up(&two.target(&SYSTEM)).unwrap();
    assert_eq!((said(first), said(second)), (one.root().to_string(), two.root().to_string()));
    for (scene, port) in [(&one, first), (&two, second)] {
        let client = scene.listed(&scene.target(&SYSTEM), "client");
        assert_eq!(client.env.get("WEB"), Some(&*format!("http://127.0.0.1:{port}/")));
    }
    let (gone, left) = (one.pid("web"), two.pid("web"));
    one.down(&one.target(&SYSTEM));
    assert!(one.processes().is_empty() && !lives(gone));
    assert_eq!((two.pid("web"), said(second)), (left, two.root().to_string()));
    assert!(TcpStream::connect(("127.0.0.1", first)).is_err());
    // It comes back where it was.
    one.up(&one.target(&SYSTEM)).unwrap();
    assert_eq!(said(first), one.root().to_string());
    two.down(&two.target(&SYSTEM));
    assert_eq!(said(first), one.root().to_string());
}

/// On one PM2, which has one app of each name.
#[test]
fn what_another_checkout_runs_is_not_taken_for_ones_own() {
    let scene = Scene::new();
    let (_guard, directory) = files::directory();
    let declaration = json!({"name": "shop", "paths_unchecked": true, "units": [{"service": {
        "kind": "script", "name": "api", "directory": ".", "block": {
            "settings": {"run": ["sh", "-c", "echo from the first; exec sleep 100021"]},
            "listen": [{"scheme": "http", "at": port::own()}],
        },
    }}]});
    let file = directory.join("declaration.json");
    fs::write(&file, declaration.to_string()).unwrap();
    let run = |root: &Utf8Path, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_declared"));
        command.args(["--root", root.as_str()]).args(arguments).args(["--engine", "pm2"]);
        scene.pm2.engage(&mut command);
        let output = command.env("DECLARATION", &file).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (one, other) = (directory.join("one"), directory.join("other"));
    fs::create_dir(&one).unwrap();
    fs::create_dir(&other).unwrap();
    let (code, said) = run(&one, &["up"]);
    assert_eq!(code, Some(0), "{said}");
    let api = |root: &Utf8Path| {
        let (_, said) = run(root, &["status", "--json"]);
        let status: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
        status["apps"][0].clone()
    };
    assert_eq!(api(&one)["endpoints"].as_array().map(Vec::len), Some(1));
    let of_other = api(&other);
    assert_eq!(of_other["state"]["is"], "foreign", "{of_other}");
    assert_eq!(of_other["endpoints"], json!([]), "it listens where the first one says");

    let whose = format!("api: this log is of shop at {one}\n");
    eventually("it has written", || run(&one, &["logs"]).1.contains("from the first"));
    assert!(!run(&one, &["logs"]).1.contains("this log is of"));
    let (_, said) = run(&other, &["logs"]);
    assert!(said.contains(&whose) && said.contains("from the first"), "{said}");

    let (code, said) = run(&other, &["up"]);
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("help: rename the service, or run `down` there"), "{said}");
    fs::rename(&one, directory.join("moved")).unwrap();
    let (code, said) = run(&other, &["up"]);
    assert_eq!(code, Some(7), "{said}");
    let help = format!("that directory is gone: `--root {one} down` ends what was started there");
    assert!(said.contains(&help), "{said}");
    let (code, said) = run(&one, &["down"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(run(&other, &["up"]).0, Some(0));
    assert_eq!(run(&other, &["down"]).0, Some(0));
}
