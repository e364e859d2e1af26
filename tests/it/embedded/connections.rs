//! Clients of every kind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;

use promethean::declaration::Declaration;
use promethean::operations::Target;
use promethean::supervisor::{Home, Spec};
use promethean::{Ecosystem, Options};
use promethean_test_support::pm2::{LIMIT, eventually};
use promethean_test_support::{effort, files};
use serde_json::{Value, json};

use super::scene::Scene;

fn connect(scene: &Scene) -> UnixStream {
    let stream = UnixStream::connect(scene.engine().join("socket")).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn answer(answers: &mut BufReader<UnixStream>) -> Value {
    let mut line = String::new();
    answers.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
}

#[test]
fn only_the_user_can_connect() {
    let scene = Scene::new("ends");
    scene.succeed(&["up", "--engine", "embedded", "after"]);
    let engine = scene.engine();
    let mode = |path: &str| engine.join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("socket"), 0o600);
    assert_eq!(mode("."), 0o700);
}

/// A `status` or a `ui` beside an `up` may be faster than that is.
#[test]
fn an_engine_waits_for_the_client_that_it_was_started_for() {
    let scene = Scene::new("ends");
    scene.succeed(&["up", "--engine", "embedded", "after"]);
    let home = scene.engine();
    scene.succeed(&["down"]);
    scene.is_gone();
    let mut guard = std::process::Command::new(scene.command(&[]).get_program());
    guard.args(["__guard", home.as_str()]).stdin(std::process::Stdio::null());
    let mut guard = guard.spawn().unwrap();
    let mut looked = 0;
    eventually("somebody has looked", || {
        looked += u32::from(UnixStream::connect(home.join("socket")).is_ok());
        looked > 1
    });
    scene.succeed(&["status", "--engine", "embedded"]);
    scene.succeed(&["up", "--engine", "embedded", "after"]);
    assert_eq!(guard.try_wait().unwrap(), None, "{}", scene.engine_log());
    scene.succeed(&["down"]);
    scene.is_gone();
    guard.wait().unwrap();
}

/// As happens to the directories of a user that logs out.
/// Otherwise `down` would treat the engine as killed, and end its processes, which the engine starts again.
pub fn an_engine_whose_socket_is_gone_is_waited_for() {
    let scene = Scene::new("ends");
    let socket = || scene.engine().join("socket");
    for replace in [false, true] {
        scene.succeed(&["up", "--engine", "embedded"]);
        let pid = scene.pid("after");
        std::fs::remove_file(socket()).unwrap();
        if replace {
            std::fs::write(socket(), "").unwrap();
        }
        let said = scene.succeed(&["up"]);
        assert!(!said.contains("killed engine"), "{said}");
        assert_eq!(scene.pid("after"), pid, "{said}");
        std::fs::remove_file(socket()).unwrap();
        if replace {
            std::fs::write(socket(), "").unwrap();
        }
        let said = scene.succeed(&["down"]);
        assert!(!said.contains("killed engine"), "{said}");
        scene.is_gone();
    }
}

#[test]
fn a_removed_socket_comes_back() {
    let scene = Scene::new("ends");
    scene.succeed(&["up", "--engine", "embedded", "after"]);
    let (pid, socket) = (scene.pid("after"), scene.engine().join("socket"));
    std::fs::remove_file(&socket).unwrap();
    eventually("it listens again", || socket.exists());
    assert_eq!(scene.pid("after"), pid);
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    scene.succeed(&["down"]);
    scene.is_gone();
}

/// What no client of ours says: numbers without end.
#[test]
fn senseless_requests_harm_nobody() {
    let scene = Scene::new("ends");
    scene.succeed(&["up", "--engine", "embedded", "after"]);
    let pid = scene.pid("after");
    let (_guard, root) = files::directory();
    let text = json!({"units": [{"service": {
        "kind": "script", "name": "endless", "block": {"settings": {"run": ["sleep", "100000"]}},
    }}]});
    let declaration: Declaration = serde_json::from_value(text).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    let target = Target::new(&ecosystem, &Options::default()).unwrap();
    let owner = target.owner().clone();
    let home = Home::at(scene.engine());
    let mut spec = serde_json::to_value(Spec::of(&target.system().apps[0], &home)).unwrap();
    let record = json!({"owner": owner, "directory": root, "definition": {}});
    let endless = json!({"secs": u64::MAX, "nanos": 999_999_999});
    let mut client = connect(&scene);
    let mut answers = BufReader::new(client.try_clone().unwrap());
    let mut ask = |spec: &Value| {
        let order = json!({"spec": spec, "environment": {}, "record": record});
        let request = json!({"id": 1, "ask": {"start": order}});
        writeln!(client, "{request}").unwrap();
        answer(&mut answers)["say"].clone()
    };
    let mut many = spec.clone();
    many["instances"] = json!(u64::MAX);
    assert!(ask(&many)["refused"].is_string());
    let times = [
        "restart_delay",
        "backoff",
        "min_uptime",
        "kill_timeout",
        "kill_retry_time",
        "watch_delay",
        "grace",
    ];
    for field in times {
        for program in ["true", "sleep"] {
            let mut spec = spec.clone();
            spec["policy"][field] = endless.clone();
            spec["command"] = json!([program, "100000"]);
            let said = ask(&spec);
            assert!(said["processes"].is_array(), "{field}: {said}");
        }
    }
    spec["listen_timeout"] = endless;
    assert!(ask(&spec)["processes"].is_array());
    assert_eq!(scene.pid("after"), pid, "{}", scene.engine_log());
}

#[test]
fn garbage_half_messages_and_long_lines_harm_nobody() {
    let scene = Scene::new("ends");
    scene.succeed(&["up", "--engine", "embedded", "after"]);
    let pid = scene.pid("after");

    let mut garbage = connect(&scene);
    let mut answers = BufReader::new(garbage.try_clone().unwrap());
    garbage.write_all(b"GET / HTTP/1.1\r\n\xff\xfe\0\n{\"id\":1,\"ask\":\"li").unwrap();
    for _ in 0..2 {
        assert_eq!(answer(&mut answers)["id"], 0);
    }
    garbage.write_all(b"st\"}\n").unwrap();
    let list = answer(&mut answers);
    assert_eq!(list["id"], 1, "{list}");
    assert_eq!(list["say"]["processes"][1]["name"], "after", "{list}");

    let mut half = connect(&scene);
    half.write_all(b"{\"id\":1,\"ask\":{\"stop\":{\"process\":0").unwrap();
    drop(half);

    let mut long = connect(&scene);
    let piece = vec![b'x'; 1 << 20];
    // The engine ends the connection in the middle of it.
    while long.write_all(&piece).is_ok() {}
    let mut said = String::new();
    let _ = long.read_to_string(&mut said);

    // More than the engine keeps: who is silent longest is left, and whoever comes is served.
    let many: Vec<UnixStream> = (0..700).map(|_| connect(&scene)).collect();
    assert_eq!(scene.pid("after"), pid);
    for _ in 0..effort::of(10_000) {
        drop(connect(&scene));
    }
    assert_eq!(scene.pid("after"), pid);
    let is_left = |mut stream: &UnixStream| matches!(stream.read(&mut [0]), Ok(0));
    assert!(is_left(&many[0]));
    drop(many);
    assert_eq!(scene.pid("after"), pid);
}
