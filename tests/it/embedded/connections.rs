//! Clients of every kind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;

use promethean_test_support::effort;
use promethean_test_support::pm2::LIMIT;
use serde_json::Value;

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
