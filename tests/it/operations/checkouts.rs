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

/// A checkout, and a PM2 for it. Its port belongs to this test.
fn checkout() -> (Scene, u16) {
    loop {
        let scene = Scene::new();
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
    let ((mut one, first), (mut two, second)) = (checkout(), checkout());
    assert_ne!(first, second);
    one.up(&one.target(&SYSTEM)).unwrap();
    two.up(&two.target(&SYSTEM)).unwrap();
    assert_eq!((said(first), said(second)), (one.root().to_string(), two.root().to_string()));
    for (scene, port) in [(&one, first), (&two, second)] {
        let client = scene.pm2.app("client");
        assert_eq!(client["pm2_env"]["WEB"], format!("http://127.0.0.1:{port}/"));
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
