//! `--engine supvisors`: the machines from one place.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use promethean_test_support::files;
use serde_json::{Value, json};

use super::network::{Network, PASSWORD};
use super::{
    CONFIGURATION, DECLARED, SECRET_OF_STEALTH, copies, copy_to_all, foreign, start_all, started,
    system,
};

/// What somebody types on a machine, with the engine of several machines.
fn asks(network: &Network, machine: &str, arguments: &[&str]) -> Output {
    asks_with(network, machine, arguments, &[])
}

/// The same with other variables.
fn asks_with(network: &Network, machine: &str, arguments: &[&str], variables: &[&str]) -> Output {
    let mut command = network.on(machine);
    command.args(["env", "DECLARATION=/srv/system/declaration.json"]).args(variables);
    command.arg("/srv/system/declared").args(arguments).args(["--engine", "supvisors"]);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    let Output { stdout, stderr, .. } = output;
    format!("{}{}", String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr))
}

/// The object that a command prints.
fn object(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

/// The status of an app.
fn app<'s>(status: &'s Value, name: &str) -> &'s Value {
    let apps = status["apps"].as_array().map(Vec::as_slice).unwrap_or_default();
    apps.iter().find(|app| app["app"] == name).unwrap_or(&Value::Null)
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

pub fn the_machines_are_asked_and_told_from_one_place() {
    let network = Network::of(&["stealth", "pi", "box"]);
    copy_to_all(&network);
    they_are_started_and_shown(&network);
    a_wrong_password_is_said(&network);
    units_are_restarted_and_stopped(&network);
    what_runs_elsewhere_than_defined_is_left_alone(&network);
    a_lost_machine_is_shown(&network);
}

fn they_are_started_and_shown(network: &Network) {
    // Nobody listens.
    let output = asks(network, "box", &["status"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let text = said(&output);
    assert!(text.contains("no machine answers\n  stealth (http://stealth.lan:60000): "), "{text}");
    assert!(
        text.contains("help: start it there: `supervisord -c MACHINE/supervisord.conf`"),
        "{text}"
    );

    // `up` waits until the machines have found each other, and Supvisors has started what it starts by itself.
    start_all(network);
    let output = asks(network, "box", &["up"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = asks(network, "box", &["plan", "--server", "pi", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).contains("nothing to do: 3 up to date"), "{output:?}");
    let output = asks(network, "box", &["status"]);
    let text = said(&output);
    let table = lines(&text);
    assert!(table[0].starts_with("unit state on pid up"), "{text}");
    assert!(table.iter().any(|line| line.starts_with("db ready stealth ")), "{text}");
    assert!(table.iter().any(|line| line.contains("tcp://stealth.lan:7000")), "{text}");
    assert!(table.iter().any(|line| line.starts_with("page online pi ")), "{text}");
    assert!(!text.contains("foreign"), "{text}");
}

fn a_wrong_password_is_said(network: &Network) {
    for (variable, expected) in [
        (
            "SUPVISORS_PASSWORD=wr0ng",
            "stealth (http://stealth.lan:60000) does not accept the password",
        ),
        ("SUPVISORS_PASSWORD=", "stealth (http://stealth.lan:60000) asks for a password"),
    ] {
        let output = asks_with(network, "box", &["status"], &[variable]);
        assert_eq!(output.status.code(), Some(5), "{output:?}");
        let text = said(&output);
        assert!(text.contains(expected) && text.contains("set SUPVISORS_PASSWORD to"), "{text}");
        assert!(!text.contains("wr0ng") && !text.contains(PASSWORD), "{text}");
    }
}

fn units_are_restarted_and_stopped(network: &Network) {
    // A restart of one: what it depends on goes on.
    let before = object(&asks(network, "box", &["status", "--json"]));
    let (db, page) = (started(network, "stealth", "db"), started(network, "pi", "page"));
    let output = asks(network, "box", &["restart", "page", "--server", "stealth"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = said(&output);
    assert!(text.contains("page: started on pi, process "), "{text}");
    assert!(text.contains("restarted 1, kept 1") && text.contains("not touched: duck"), "{text}");
    let after = object(&asks(network, "box", &["status", "--json"]));
    let pid = |status: &Value, name: &str| app(status, name)["processes"][0]["pid"].clone();
    assert_ne!(pid(&before, "page"), pid(&after, "page"));
    assert!(pid(&before, "duck").is_number() && pid(&before, "duck") == pid(&after, "duck"));
    assert_eq!(started(network, "stealth", "db"), db);
    assert_ne!(started(network, "pi", "page"), page);

    // The end of a log comes from the machine that has it.
    let on = app(&after, "duck")["running_on"][0].as_str().unwrap_or_default().to_owned();
    let output = asks(network, "box", &["logs", "duck", "--server", "pi", "-n", "1", "--out"]);
    let log = super::log(network, &on, "duck");
    assert_eq!(said(&output), format!("duck | {}\n", log.lines().last().unwrap()), "{output:?}");
    let output = asks(network, "box", &["logs", "duck", "--grep", "no such line"]);
    assert_eq!(said(&output), "", "{output:?}");

    // What others need goes on; what is stopped is started again.
    let output = asks(network, "box", &["down", "db"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said(&output).contains("db: not stopped, because duck, page need it"), "{output:?}");
    let output = asks(network, "box", &["down", "duck"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        said(&output).contains("db: still running, page needs it\ndown: 1 stopped"),
        "{output:?}"
    );
    assert_eq!(copies(network, "100001"), 0, "duck is gone");
    let output = asks(network, "box", &["plan", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(said(&output).contains("+ duck (on stealth or pi): create"), "{output:?}");
    let output = asks(network, "box", &["up", "duck", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).contains("\"event\":\"started\",\"app\":\"duck\""), "{output:?}");
    assert_eq!(copies(network, "100001"), 1, "duck is back");
}

/// Another definition moves the page to `stealth` and has no Duck; the machines have the old configuration.
fn what_runs_elsewhere_than_defined_is_left_alone(network: &Network) {
    let mut moved = system();
    moved["units"][2]["service"]["block"]["settings"]["on"] = json!([{"word": "stealth"}]);
    moved["units"].as_array_mut().unwrap().remove(1);
    fs::write(network.srv("box").join("system/moved.json"), moved.to_string()).unwrap();
    let asks = |arguments: &[&str]| {
        asks_with(network, "box", arguments, &["DECLARATION=/srv/system/moved.json"])
    };
    let misplaced =
        "page runs on pi, and is defined to run on stealth\n  help: write the files again";
    let output = asks(&["plan", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = said(&output);
    assert!(text.contains(misplaced), "{text}");
    assert!(text.contains("and no longer defined") && text.contains("duck: runs on "), "{text}");
    assert!(
        text.contains("nothing to do: 1 up to date, 1 on another machine than defined"),
        "{text}"
    );
    let plan = object(&asks(&["plan", "--json"]));
    assert_eq!(plan["elsewhere"], json!(["page"]), "{plan}");
    let text = said(&asks(&["check"]));
    assert!(text.contains(&format!("warning: page: {misplaced}")), "{text}");
    assert_eq!(asks(&["status", "--detailed-exitcode"]).status.code(), Some(2));

    let (db, page) = (started(network, "stealth", "db"), started(network, "pi", "page"));
    for arguments in [&["restart", "page"][..], &["restart"]] {
        let output = asks(arguments);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(said(&output).contains(misplaced), "{output:?}");
    }
    assert_eq!(copies(network, "100002"), 1, "the page runs as before");
    assert_eq!((started(network, "stealth", "db"), started(network, "pi", "page")), (db, page));
    assert_eq!(asks(&["restart", "db"]).status.code(), Some(0));
}

/// `stealth` is lost: it is shown, and so is what runs elsewhere instead, and what runs nowhere.
fn a_lost_machine_is_shown(network: &Network) {
    let foreign = foreign(network);
    network.kill("stealth");
    let mut status = Value::Null;
    super::soon(network, CONFIGURATION, "duck runs on pi", || {
        status = object(&asks(network, "box", &["status", "--json"]));
        app(&status, "duck")["running_on"] == json!(["pi"])
            && app(&status, "db")["running_on"] == json!([])
    });
    assert_eq!(status["machines"][0]["machine"], "stealth", "{status}");
    assert_eq!(status["machines"][0]["is_there"], false, "{status}");
    assert_eq!(status["machines"][1]["is_there"], true, "{status}");
    let output = asks(network, "box", &["status", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = said(&output);
    assert!(text.contains("machine stealth is not there ("), "{text}");
    assert!(text.contains("db runs nowhere: it can run only on stealth"), "{text}");
    let output = asks(network, "box", &["check"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(said(&output).contains("error: db: can run only on stealth"), "{output:?}");
    // Those that need it may just be starting, as they wait for it again and again.
    super::soon(network, CONFIGURATION, "what is left runs", || {
        let output = asks(network, "box", &["up"]);
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        let text = said(&output);
        assert!(text.contains("error: db: can run only on stealth, which is not there"), "{text}");
        text.contains("still running: duck, page")
    });
    let output = asks(network, "box", &["logs", "db"]);
    assert!(said(&output).contains("db ran on stealth, which is not there"), "{output:?}");

    // All of the system ends, and nothing else.
    let output = asks(network, "box", &["down"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(said(&output).contains("down: 2 stopped"), "{output:?}");
    assert_eq!((copies(network, "100001"), copies(network, "100002")), (0, 0));
    assert_eq!(self::foreign(network), foreign, "somebody else's program was touched");
    for output in [asks(network, "box", &["status"]), asks(network, "box", &["up", "--json"])] {
        assert!(!said(&output).contains(SECRET_OF_STEALTH), "{output:?}");
    }
}

/// A program with the declaration of the tests, which no machine is there for.
fn alone(arguments: &[&str]) -> Output {
    let (_guard, directory) = files::directory();
    let file = directory.join("declaration.json");
    std::fs::write(&file, system().to_string()).unwrap();
    let mut command = Command::new(DECLARED);
    command.args(arguments).env("DECLARATION", &file).env_remove("SUPVISORS_PASSWORD");
    command.env("HOME", directory.as_str()).output().unwrap()
}

#[test]
fn what_does_not_work_on_machines_is_said() {
    let supvisors = |arguments: &[&str]| alone(&[arguments, &["--engine", "supvisors"]].concat());
    for (output, code, expected) in [
        (supvisors(&["reload"]), 5, "this command does not work on Supvisors"),
        (supvisors(&["apply", "--yes"]), 5, "this command does not work on Supvisors"),
        (supvisors(&["boot", "show"]), 1, "this command does not work on Supvisors"),
        (supvisors(&["logs", "--follow"]), 1, "tail -f system:NAME` follows it"),
        (supvisors(&["logs", "--since", "1h"]), 1, "`--since` does not work on Supvisors"),
        (supvisors(&["up", "--one-machine"]), 1, "leave out one of them"),
        (supvisors(&["status", "--machine", "pie"]), 1, "unknown machine `pie`"),
        (supvisors(&["up", "nobody"]), 1, "unknown service or agent `nobody`"),
        (supvisors(&["status", "--server", "stelth"]), 5, "did you mean `stealth`?"),
        (supvisors(&["status", "--server", "https://pi.lan"]), 5, "Supervisor has no TLS"),
        (alone(&["status", "--server", "pi"]), 1, "add `--engine supvisors`"),
    ] {
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(said(&output).contains(expected), "{expected}: {output:?}");
    }
}

/// Something that answers each request with the same, until it is dropped.
struct Answering {
    address: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Answering {
    fn with(answer: Vec<u8>) -> Answering {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&over);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::Relaxed) {
                    return;
                }
                let mut stream = stream.unwrap();
                let mut request = [0; 4096];
                // Who asks may go away at any time.
                let _ = stream.read(&mut request);
                let _ = stream.write_all(&answer);
            }
        });
        Answering { address, over, thread: Some(thread) }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = std::net::TcpStream::connect(&self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

#[test]
fn a_hostile_answer_is_an_error_and_nothing_of_it_is_obeyed() {
    let ok =
        |body: &str| format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let result = |value: &str| {
        let params = format!("<params><param><value>{value}</value></param></params>");
        ok(&format!("<?xml version='1.0'?>\n<methodResponse>{params}</methodResponse>"))
    };
    let fault = "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>30</int>\
        </value></member><member><name>faultString</name><value><string>\u{1b}[2Jerror: \u{202e}x</string>\
        </value></member></struct></value></fault></methodResponse>";
    for (answer, expected) in [
        ("SSH-2.0-OpenSSH\r\n".to_owned(), "the answer is not HTTP/1"),
        (String::new(), "the connection was closed before an answer"),
        (ok("<html>\u{1b}[2J</html>"), "not XML-RPC"),
        (
            "HTTP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_owned(),
            "the answer is too long",
        ),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabc".to_owned(), "closed before an answer"),
        ("HTTP/1.0 500 \u{1b}[2J\r\n\r\n".to_owned(), "status 500"),
        (ok(&"<value><array><data>".repeat(100_000)), "not XML-RPC"),
        (ok(fault), "rejected the request: \\u{1b}[2Jerror: \\u{202e}x"),
        // A name of a machine that nobody knows, and then of everything else, too.
        (result("<string>\u{1b}]0;x</string>"), "cannot be understood"),
    ] {
        let server = Answering::with(answer.clone().into_bytes());
        let url = format!("http://{}", server.address);
        let output = alone(&["status", "--engine", "supvisors", "--server", &url]);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(5), "{answer:.80}: {output:?}");
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}
