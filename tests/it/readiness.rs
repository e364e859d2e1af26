//! Probes, tried on real sockets, servers and programs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use promethean::probe::{Probe, Test};
use promethean::readiness::{Environment, NotReady, Surroundings, try_once, wait};
use promethean_test_support::files;
use promethean_test_support::pm2::{LIMIT, eventually};
use promethean_test_support::port;

/// What a test comes to: success, or what is said.
fn outcome(test: &Test, surroundings: &mut Surroundings) -> String {
    outcome_within(test, surroundings, LIMIT)
}

/// The same, where nobody answers in time.
fn outcome_of_silence(test: &Test, surroundings: &mut Surroundings) -> String {
    outcome_within(test, surroundings, Duration::from_secs(1))
}

fn outcome_within(test: &Test, surroundings: &mut Surroundings, limit: Duration) -> String {
    match try_once(test, surroundings, limit) {
        Ok(()) => "ready".to_owned(),
        Err(refusal) => refusal.to_string(),
    }
}

#[test]
fn a_connection_is_accepted_or_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let test = Test::Tcp(address.as_str().into());
    let surroundings = &mut Surroundings::default();
    assert_eq!(outcome(&test, surroundings), "ready");
    drop(listener);
    let address = format!("127.0.0.1:{}", port::own());
    let refused = outcome(&Test::Tcp(address.as_str().into()), surroundings);
    assert!(refused.starts_with(&format!("tcp {address}: ")), "{refused}");
    assert!(refused.contains("refused"), "{refused}");
    let unknown = outcome(&Test::Tcp("no-such-host.invalid:80".into()), surroundings);
    assert!(unknown.starts_with("tcp no-such-host.invalid:80: "), "{unknown}");
}

/// A server that answers each request with the next of these.
fn server(answers: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /health?full=1 HTTP/1.1\r\n"));
            let end = "content-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(format!("HTTP/1.1 {answer}\r\n{end}").as_bytes()).unwrap();
        }
        // The last one is kept waiting.
        let kept = listener.accept();
        thread::sleep(LIMIT);
        drop(kept);
    });
    format!("http://{address}/health?full=1")
}

#[test]
fn a_status_below_400_is_success_and_nothing_is_followed() {
    let url = server(&[
        "200 OK",
        "302 Found\r\nlocation: http://127.0.0.1:1/",
        "404 Not Found",
        "503 Busy",
    ]);
    let test = http(&url, None);
    let surroundings = &mut Surroundings::default();
    assert_eq!(outcome(&test, surroundings), "ready");
    assert_eq!(outcome(&test, surroundings), "ready");
    assert_eq!(outcome(&test, surroundings), format!("http {url}: answered 404"));
    assert_eq!(outcome(&test, surroundings), format!("http {url}: answered 503"));
    let late = outcome_of_silence(&test, surroundings);
    assert_eq!(late, format!("http {url}: no answer within 1.0 s"));
}

fn http(url: &str, status: Option<u16>) -> Test {
    Test::Http { url: url.into(), status }
}

#[test]
fn an_expected_status_is_the_only_success() {
    let url = server(&[
        "401 Unauthorized",
        "200 OK",
        "302 Found\r\nlocation: http://127.0.0.1:1/",
        "503 Busy",
    ]);
    let surroundings = &mut Surroundings::default();
    assert_eq!(outcome(&http(&url, Some(401)), surroundings), "ready");
    let other = outcome(&http(&url, Some(401)), surroundings);
    assert_eq!(other, format!("http {url}: answered 200, expected 401"));
    assert_eq!(outcome(&http(&url, Some(302)), surroundings), "ready");
    assert_eq!(outcome(&http(&url, Some(503)), surroundings), "ready");
}

/// A server of Node with a certificate that it made itself.
const HTTPS: &str = r#"
const { readFileSync } = require("node:fs");
const [key, cert] = ["key", "certificate"].map((name) => readFileSync(`tests/fixtures/https/${name}.pem`));
const server = require("node:https").createServer({ key, cert }, (request, answer) => {
  answer.statusCode = request.url === "/health" ? 204 : 404;
  answer.end();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit());
"#;

#[test]
fn https_is_asked_and_its_certificate_is_not_verified() {
    let mut server = Command::new("node")
        .args(["-e", HTTPS])
        .current_dir(files::repository())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
    let port = port.trim();
    let surroundings = &mut Surroundings::default();
    let url = format!("https://127.0.0.1:{port}/health");
    assert_eq!(outcome(&http(&url, None), surroundings), "ready");
    let url = format!("https://localhost:{port}/elsewhere");
    assert_eq!(outcome(&http(&url, None), surroundings), format!("http {url}: answered 404"));
    // What speaks TLS does not speak HTTP.
    let plain = format!("http://127.0.0.1:{port}/health");
    let said = outcome(&http(&plain, None), surroundings);
    assert!(said.starts_with(&format!("http {plain}: ")), "{said}");
    drop(server.stdin.take());
    server.wait().unwrap();
}

#[test]
fn what_answers_a_request_is_read_byte_by_byte() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for answer in [
            "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n",
            "HTTP/1.0 500\r\n",
            "+PONG\r\n",
            "",
        ] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..read]);
            assert!(request.starts_with("GET / HTTP/1.1\r\nHost: localhost:"), "{request}");
            for byte in answer.as_bytes() {
                // Who has seen enough closes the connection.
                if stream.write_all(&[*byte]).and_then(|()| stream.flush()).is_err() {
                    break;
                }
            }
        }
    });
    let surroundings = &mut Surroundings::default();
    let test = http(&url, None);
    assert_eq!(outcome(&test, surroundings), "ready");
    assert_eq!(outcome(&test, surroundings), format!("http {url}: answered 500"));
    assert_eq!(outcome(&test, surroundings), format!("http {url}: the answer is not HTTP/1"));
    let closed = outcome(&test, surroundings);
    assert_eq!(closed, format!("http {url}: the connection was closed before an answer"));
}

fn exec(program: &str, args: &[&str]) -> Test {
    Test::Exec { program: program.into(), args: args.iter().map(|arg| (*arg).into()).collect() }
}

#[test]
fn a_program_runs_in_its_directory_with_its_variables_alone() {
    let (_guard, root) = files::directory();
    let mut surroundings = Surroundings {
        directory: root.clone(),
        environment: Environment(vec![
            ("PATH".into(), std::env::var("PATH").unwrap()),
            ("SECRET".into(), "hunter2".into()),
        ]),
        ..Surroundings::default()
    };
    assert!(!format!("{surroundings:?}").contains("hunter2"));
    files::write_program(
        root.join("probe.sh"),
        "#!/bin/sh\ntest \"$SECRET$CARGO_PKG_NAME\" = hunter2 && test -f probe.sh\n",
    );
    assert_eq!(outcome(&exec("./probe.sh", &[]), &mut surroundings), "ready");
    assert_eq!(
        outcome(
            &exec("sh", &["-c", "echo first >&2; echo no server >&2; exit 2"]),
            &mut surroundings
        ),
        "exec sh: ended with exit code 2: no server"
    );
    let absent = outcome(&exec("no-such-program", &[]), &mut surroundings);
    assert!(absent.starts_with("exec no-such-program: "), "{absent}");
    // At the limit all goes that it has started.
    let late = outcome_of_silence(&exec("sh", &["-c", "sleep 987654 & wait"]), &mut surroundings);
    assert_eq!(late, "exec sh: did not end within 1.0 s");
    eventually("what it has started is gone", || {
        Command::new("pgrep").args(["-f", "^sleep 987654"]).output().unwrap().stdout.is_empty()
    });
}

#[test]
fn a_probe_is_tried_until_it_succeeds_or_its_time_is_over() {
    let (_guard, root) = files::directory();
    let mut surroundings = Surroundings {
        directory: root.clone(),
        environment: Environment(vec![("PATH".into(), std::env::var("PATH").unwrap())]),
        ..Surroundings::default()
    };
    // Succeeds the third time.
    let test = exec("sh", &["-c", "echo >> tries; test $(wc -l < tries) -ge 3"]);
    let interval = Duration::from_millis(20);
    let probe = Probe { test, timeout: LIMIT, interval };
    assert_eq!(wait(&probe, &mut surroundings, &|| false), Ok(()));
    assert_eq!(std::fs::read_to_string(root.join("tries")).unwrap(), "\n\n\n");
    let never = Probe { test: exec("false", &[]), timeout: Duration::from_millis(200), interval };
    let late = wait(&never, &mut surroundings, &|| false).unwrap_err();
    assert_eq!(
        late.to_string(),
        "did not become ready within 0.2 s: exec false: ended with exit code 1"
    );
    assert_eq!(wait(&never, &mut surroundings, &|| true), Err(NotReady::Stopped));
}
