//! Real Supervisors with Supvisors on three machines, each a network namespace.

pub mod example;
mod network;
pub mod remote;

use std::cell::RefCell;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use promethean::emit::supvisors::{Setup, supvisors};
use promethean::resolve::Placement;
use promethean::{Ecosystem, Options};
use promethean_test_support::files::{self, repository};
use promethean_test_support::random;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use network::Network;

/// The program that runs any declaration.
const DECLARED: &str = env!("CARGO_BIN_EXE_declared");

/// The program of `docs/machines.md`.
const OF_THE_PAGE: &str = env!("CARGO_BIN_EXE_machines");

const SECRET_OF_STEALTH: &str = "t0k3n-of-stealth";
const SECRET_OF_PI: &str = "t0k3n-of-pi";

/// Waits for something that takes several rounds of five seconds on machines that share two busy cores.
fn soon(network: &Network, directory: &str, what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(300);
    while !holds() {
        assert!(Instant::now() < end, "{what}:\n{}", network.logs(directory));
        std::thread::sleep(Duration::from_secs(2));
    }
}

fn service(name: &str, on: &[&str], run: Value, further: Value) -> Value {
    let mut block = further;
    let words: Vec<Value> = on.iter().map(|name| json!({"word": name})).collect();
    block["settings"]["run"] = run;
    block["settings"]["on"] = json!(words);
    json!({"service": {"kind": "script", "name": name, "directory": ".", "block": block}})
}

fn machine(name: &str, has: &[&str]) -> Value {
    json!({"name": name, "host": format!("{name}.lan"), "root": "/srv/system", "has": has})
}

/// A database on `stealth`, Duck where there is an NPU, a page on `pi`.
fn system() -> Value {
    let listen = "echo db $(date +%s%N) >> times; exec node -e \"setTimeout(() => \
                  require('net').createServer().listen(7000, '0.0.0.0'), 3000)\"";
    let duck = "echo duck $(date +%s%N) >> times; echo \"$DB $TOKEN\"; exec sleep 100001";
    let page = "echo page $(date +%s%N) >> times; echo \"$DB $TOKEN\"; exec sleep 100002";
    let on_db = |secret: &str| {
        json!({
            "depends_on": [{"unit": ["db"]}],
            "env": {
                "DB": {"endpoint": {"part": "address", "unit": ["db"]}},
                "TOKEN": {"or": [{"secret": secret}, "none here"]},
            },
        })
    };
    json!({
        "name": "system", "paths_unchecked": true, "secrets": ".tokens",
        "machines": [machine("stealth", &["npu"]), machine("pi", &["npu"]), machine("box", &[])],
        "units": [
            service("db", &["stealth"], json!(["sh", "-c", listen]), json!({
                "listen": [{"scheme": "tcp", "at": "0.0.0.0:7000"}],
                "ready": {"kind": "tcp", "values": []},
            })),
            service("duck", &["npu"], json!(["sh", "-c", duck]), on_db("TOKEN")),
            service("page", &["pi"], json!(["sh", "-c", page]), on_db("TOKEN")),
        ],
    })
}

const CONFIGURATION: &str = "/srv/system/machines";

/// Puts the code, the secrets and the configuration on each machine, and starts a Supervisor there.
fn deploy(network: &Network) {
    copy_to_all(network);
    start_all(network);
}

/// Puts the code, the secrets and the configuration on each machine.
fn copy_to_all(network: &Network) {
    let desk = network.desk().join("desk");
    fs::create_dir_all(&desk).unwrap();
    let declaration = desk.join("declaration.json");
    fs::write(&declaration, system().to_string()).unwrap();
    let write = |arguments: &[&str]| {
        let mut command = Command::new(DECLARED);
        command.args(["supvisors", "-o", desk.join("machines").as_str(), "--program", "declared"]);
        command.args(arguments).env("DECLARATION", &declaration).output().unwrap()
    };
    let written = write(&[]);
    assert!(written.status.success(), "{written:?}");
    assert_eq!(write(&["--check"]).status.code(), Some(0));
    for name in ["stealth", "pi", "box"] {
        let root = network.srv(name).join("system");
        fs::create_dir_all(&root).unwrap();
        files::copy_program(DECLARED, root.join("declared"));
        fs::copy(&declaration, root.join("declaration.json")).unwrap();
        copy(&desk.join("machines"), &root.join("machines"));
        let secret = match name {
            "stealth" => SECRET_OF_STEALTH,
            "pi" => SECRET_OF_PI,
            _ => continue,
        };
        fs::write(root.join(".tokens"), format!("TOKEN={secret}\n")).unwrap();
    }
    // Somebody else's program on `pi`.
    let foreign = network.srv("pi").join("system/machines/pi/conf.d");
    fs::create_dir_all(&foreign).unwrap();
    let section = "[program:foreign]\ncommand=sleep 100003\nautostart=true\n";
    fs::write(foreign.join("foreign.conf"), section).unwrap();
}

fn start_all(network: &Network) {
    for name in ["stealth", "pi", "box"] {
        start(network, name);
    }
}

fn start(network: &Network, machine: &str) {
    let supervisord = network.programs().join("supervisord");
    let line = format!(
        "DECLARATION=/srv/system/declaration.json {} -c {machine}/supervisord.conf",
        supervisord.display()
    );
    let output = network.types(machine, CONFIGURATION, &line);
    assert!(output.status.success(), "{machine}: {output:?}");
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

/// Whether a machine says that a program runs on another one.
fn runs(network: &Network, asked: &str, program: &str, on: &str) -> bool {
    let line = format!("system {program} RUNNING n/a ['{on}.lan:60000']");
    network.status(asked, CONFIGURATION).contains(&line)
}

/// What programs of a machine have printed.
fn log(network: &Network, machine: &str, program: &str) -> String {
    let logs = network.srv(machine).join("system/machines").join(machine).join("logs");
    fs::read_to_string(logs.join(format!("{program}-out.log"))).unwrap_or_default()
}

/// When a program was started for the last time on a machine, in nanoseconds.
fn started(network: &Network, machine: &str, program: &str) -> u128 {
    let times = fs::read_to_string(network.srv(machine).join("system/times")).unwrap_or_default();
    let last = times.lines().rev().find_map(|line| line.strip_prefix(&format!("{program} ")));
    last.unwrap_or("0").parse().unwrap()
}

/// Reads configurations as Supervisor does, and prints the words of the first program of each.
const READ: &str = "
import json, shlex, sys
from supervisor.options import ServerOptions
words = []
for file in sys.argv[1:]:
    options = ServerOptions()
    options.realize(args=['-c', file, '-n'])
    assert options.identifier == 'pi', options.identifier
    for group in options.process_group_configs:
        words += [shlex.split(process.command) for process in group.process_configs]
print(json.dumps(words))
";

#[test]
fn paths_of_programs_and_roots_are_read_as_they_were_meant() {
    let programs = network::supvisors();
    let (_guard, directory) = files::directory();
    let (wanted, paths) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let part = || "[a ;#%'\"\\\\$é\t()=]{1,12}";
    let mut runner = TestRunner::new(random::cases(100));
    runner
        .run(&(part(), part(), any::<bool>()), |(program, root, has_root)| {
            let mut system = system();
            let root = format!("/srv/{root}").trim().to_owned();
            let program = format!("bin/{program}");
            system["machines"] = json!([{"name": "pi", "host": "pi.lan", "root": root}]);
            if !has_root {
                system["machines"][0].as_object_mut().unwrap().remove("root");
            }
            system["units"] = json!([service("web", &["pi"], json!(["true"]), json!({}))]);
            let declaration = serde_json::from_value(system).unwrap();
            let ecosystem = Ecosystem::from_declaration(declaration, root.clone(), &[]);
            let resolve = |placement| {
                ecosystem.resolve(&Options { placement, ..Options::default() }).unwrap()
            };
            let (whole, pi) =
                (resolve(Placement::Distributed), resolve(Placement::Machine("pi".into())));
            let setup = Setup {
                program: &program,
                port: 60_000,
                has_password: true,
                application: "system",
            };
            let written = supvisors(&whole, &[pi], setup).unwrap();
            let mut files = written.files.iter();
            let (_, text) = files.find(|(path, _)| path == "pi/supervisord.conf").unwrap();
            let file = directory.join(format!("{}.conf", paths.borrow().len()));
            fs::write(&file, text).unwrap();
            paths.borrow_mut().push(file);
            let root = whole.root.to_string();
            // A root that ends with `/` gets no second one.
            let path = whole.root.join(&program).into_string();
            let mut words = vec![path, "--machine".into(), "pi".into()];
            if !has_root {
                words.extend(["--root".to_owned(), root]);
            }
            words.extend(["--no-profile", "exec", "--wait", "web"].map(str::to_owned));
            wanted.borrow_mut().push(words);
            Ok(())
        })
        .unwrap();
    fs::create_dir_all(directory.join("logs")).unwrap();
    let output = Command::new(programs.join("python"))
        .args(["-c", READ])
        .args(paths.borrow().iter())
        .env("SUPVISORS_PASSWORD", "x")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let read: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(read.len() >= 10);
    assert_eq!(read, wanted.into_inner());
}

#[test]
fn what_cannot_be_written_is_said() {
    let (_guard, directory) = files::directory();
    let said = |change: &dyn Fn(&mut Value)| {
        let mut system = system();
        change(&mut system);
        let file = directory.join("declaration.json");
        fs::write(&file, system.to_string()).unwrap();
        let mut command = Command::new(DECLARED);
        command.args(["supvisors", "-o", directory.join("out").as_str()]).env("DECLARATION", &file);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(!directory.join("out").exists());
        String::from_utf8(output.stderr).unwrap()
    };
    let no_machine = said(&|system| {
        system["machines"] = json!([]);
        system["units"] = json!([]);
    });
    assert!(
        no_machine.contains("this ecosystem names no machine\n  help: write `machine"),
        "{no_machine}"
    );
    let name = said(&|system| system["name"] = json!("a system"));
    assert!(name.contains("Supervisor does not take \"a system\" for a name"), "{name}");
    let host = said(&|system| system["machines"][2]["host"] = json!("fe80::1"));
    assert!(host.contains("Supvisors does not take \"fe80::1\" for a host"), "{host}");
}

pub fn a_system_runs_on_three_machines_and_survives_the_loss_of_one() {
    let network = Network::of(&["stealth", "pi", "box"]);
    deploy(&network);
    let soon = |what: &str, holds: &mut dyn FnMut() -> bool| {
        self::soon(&network, CONFIGURATION, what, holds);
    };
    soon("all runs", &mut || {
        runs(&network, "box", "db", "stealth")
            && runs(&network, "box", "duck", "stealth")
            && runs(&network, "box", "page", "pi")
    });
    // The page on `pi` reaches the database by the host of `stealth`, Duck beside it by its own.
    soon("they see what they are meant to", &mut || {
        log(&network, "pi", "page").contains(&format!("stealth.lan:7000 {SECRET_OF_PI}\n"))
            && log(&network, "stealth", "duck").contains(&format!(" {SECRET_OF_STEALTH}\n"))
    });
    // The database listens three seconds after its start; who depends on it has waited for that.
    let ready = started(&network, "stealth", "db") + 3_000_000_000;
    assert!(started(&network, "stealth", "duck") > ready);
    assert!(started(&network, "pi", "page") > ready);
    for (machine, secret) in
        [("stealth", SECRET_OF_PI), ("pi", SECRET_OF_STEALTH), ("box", "t0k3n")]
    {
        let everything = everything_in(&network.srv(machine));
        assert!(!everything.contains(secret), "{machine} has {secret}");
        let configuration = everything_in(&network.srv(machine).join("system/machines"));
        assert!(!configuration.contains(network::PASSWORD));
    }

    // `stealth` is gone: Duck moves to `pi`, the database is missing, the rest is left alone.
    let foreign = foreign(&network);
    network.kill("stealth");
    soon("Duck moves", &mut || runs(&network, "box", "duck", "pi"));
    let status = network.status("box", CONFIGURATION);
    assert!(status.iter().any(|line| line.starts_with("system db FATAL")), "{status:?}");
    assert!(runs(&network, "box", "page", "pi"));

    // It comes back: the database runs there again, and Duck, which has waited for it, goes on.
    start(&network, "stealth");
    soon("the database is back", &mut || runs(&network, "box", "db", "stealth"));
    soon("Duck has its database and its secret", &mut || {
        log(&network, "pi", "duck").contains(&format!("stealth.lan:7000 {SECRET_OF_PI}\n"))
            || log(&network, "stealth", "duck").matches(SECRET_OF_STEALTH).count() > 1
    });

    // A cut in the network, and its end: one of each.
    network.connect("pi", false);
    soon("Duck runs on the other side", &mut || runs(&network, "box", "duck", "stealth"));
    network.connect("pi", true);
    soon("there is one Duck, and the page", &mut || {
        let status = network.status("box", CONFIGURATION);
        let ducks = ["stealth", "pi"].iter().filter(|on| runs(&network, "box", "duck", on));
        ducks.count() == 1
            && status.iter().any(|line| line.starts_with("system page RUNNING"))
            && copies(&network, "100001") == 1
    });
    assert_eq!(self::foreign(&network), foreign, "somebody else's program was touched");
}

/// The state and the process of the foreign program.
fn foreign(network: &Network) -> String {
    let control = network.programs().join("supervisorctl");
    let line = format!("{} -c pi/supervisord.conf pid foreign", control.display());
    let output = network.types("pi", CONFIGURATION, &line);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// How many programs with an argument run on all machines.
fn copies(network: &Network, argument: &str) -> usize {
    let line = format!(
        "ps -o args= $(ip netns pids \"$(ip netns identify $$)\") | grep -c '^sleep {argument}'"
    );
    ["stealth", "pi", "box"]
        .iter()
        .map(|machine| {
            let output = network.types(machine, "/", &line);
            String::from_utf8_lossy(&output.stdout).trim().parse::<usize>().unwrap_or(0)
        })
        .sum()
}

/// The programs of systems, which are large and hold no secrets.
const PROGRAMS: [&str; 2] = ["declared", "on-machines"];

/// All files of a directory, one behind the other.
fn everything_in(directory: &Utf8Path) -> String {
    let mut text = String::new();
    for entry in directory.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            text += &everything_in(entry.path());
        } else if kind.is_file() && !PROGRAMS.contains(&entry.file_name()) {
            text += &String::from_utf8_lossy(&fs::read(entry.path()).unwrap());
        }
    }
    text
}

const PAGE: &str = include_str!("../../../docs/machines.md");

/// The blocks of the page in a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let blocks = PAGE.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// The lines of the page that have something in them.
fn lines_with(part: &str) -> Vec<&'static str> {
    let lines: Vec<&str> = blocks("sh").into_iter().flat_map(str::lines).collect();
    lines.into_iter().filter(|line| line.contains(part)).collect()
}

pub fn the_page_leads_from_nothing_to_a_failover() {
    let source = repository().join("tests/bin/machines.rs");
    let program = fs::read_to_string(source).unwrap();
    assert!(
        program.ends_with(blocks("rust")[0]),
        "tests/bin/machines.rs is the program of the page"
    );

    let network = Network::of(&["stealth", "pi"]);
    let desk = network.desk().join("desk");
    fs::create_dir_all(desk.join("target/release")).unwrap();
    files::copy_program(OF_THE_PAGE, desk.join("target/release/duck"));
    let proxx = "require('http').createServer((_, to) => to.end('fine')).listen(process.env.PORT, '0.0.0.0');";
    let cephalon = "fetch(process.env.API).then(async (from) => console.log(await from.text()));\
                    setInterval(() => {}, 1000);";
    for (name, text) in [("proxx", proxx), ("cephalon", cephalon)] {
        fs::create_dir_all(desk.join("services").join(name)).unwrap();
        fs::write(desk.join("services").join(name).join("index.js"), text).unwrap();
    }
    let [write] = lines_with("supvisors -o")[..] else { panic!("one line writes the files") };
    let written = Command::new("sh").args(["-c", write]).current_dir(&desk).output();
    let written = written.unwrap();
    assert!(written.status.success(), "{written:?}");
    for name in ["stealth", "pi"] {
        copy(&desk, &network.srv(name).join("duck"));
    }
    // What pip installs is there already.
    let typed = |line: &str| line.replace("~/supvisors/bin", network.programs().to_str().unwrap());
    let directory = "/srv/duck/machines";
    let mut starts = lines_with("supervisord -c");
    assert_eq!(starts.len(), 2);
    let begin = |name: &str, line: &str| {
        assert!(line.ends_with(&format!("# on {name}")), "{line}");
        let output = network.types(name, directory, &typed(line));
        assert!(output.status.success(), "{name}: {output:?}");
    };
    begin("stealth", starts[0]);
    begin("pi", starts.remove(1));
    let [status] = lines_with("sstatus")[..] else { panic!("one line shows the status") };
    let says = |program: &str, state: &str| {
        let begin = format!("duck {program} {state}");
        network.status("pi", directory).iter().any(|line| line.starts_with(&begin))
    };
    let here = "RUNNING n/a ['stealth.lan:60000']";
    soon(&network, directory, "both run", || says("proxx", here) && says("cephalon", here));
    let output = network.types("pi", directory, &typed(status));
    let text = String::from_utf8(output.stdout).unwrap();
    let words: Vec<String> = text.lines().map(network::in_words).collect();
    assert_eq!(words, network.status("pi", directory), "what the page's line shows");
    let said = network.srv("stealth").join("duck/machines/stealth/logs/cephalon-out.log");
    soon(&network, directory, "cephalon asks proxx", || {
        fs::read_to_string(&said).unwrap_or_default().contains("fine")
    });
    // The same, from one place.
    for line in lines_with("--engine supvisors") {
        let output = network.types("pi", "/srv/duck", line);
        assert!(output.status.success(), "{line}: {output:?}");
    }
    network.kill("stealth");
    soon(&network, directory, "cephalon moves", || {
        says("cephalon", "RUNNING n/a ['pi.lan:60000']")
    });
    soon(&network, directory, "proxx is missing", || says("proxx", "FATAL n/a []"));
    begin("stealth", starts[0]);
    soon(&network, directory, "proxx is back", || says("proxx", here));
}
