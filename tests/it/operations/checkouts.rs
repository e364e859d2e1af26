//! Two checkouts of one repository, side by side.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use promethean::{Ecosystem, ecosystem};
use promethean_test_support::port;

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
