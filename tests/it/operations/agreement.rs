//! `check` says "ready" exactly where `up` succeeds: random parts of a system with random faults of
//! programs, directories, variables and ports.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use camino::Utf8Path;
use promethean::declaration::Declaration;
use promethean::engine::{Definition, Process};
use promethean::operations::{AppStatus, OperationError, Target};
use promethean::preflight::{self, Circumstances, Report, Severity, Topic};
use promethean::{Ecosystem, Options, ecosystem};
use promethean_test_support::dice::Dice;
use promethean_test_support::pm2::eventually;
use promethean_test_support::{effort, files, port};
use serde_json::{Map, Value, json};

use super::conventions;
use super::crashes;
use super::scene::{Scene, on_both_engines};

on_both_engines! {
    [ahead:
        check_is_ready_where_up_succeeds,
        random_systems_come_up_exactly_where_check_is_ready,
    ]
    what_check_finds_broken_does_not_run,
}

/// A port on which something listens, and one on which nothing does.
static TAKEN: LazyLock<TcpListener> = LazyLock::new(|| TcpListener::bind("127.0.0.1:0").unwrap());
static FREE: LazyLock<u16> = LazyLock::new(port::own);

fn taken() -> u16 {
    TAKEN.local_addr().unwrap().port()
}

static SYSTEM: Ecosystem = ecosystem! {
    name agreement;
    root "it/operations/services";
    paths unchecked;
    use conventions::CONVENTIONS;
    secrets ".tokens";

    external present { ready exec "true"; }
    external absent { ready exec "false"; }

    script good_path "plain" { run "./plain.sh"; }
    script good_program_link "plain" { run "./link.sh"; }
    script good_directory_link "linked" { run "./plain.sh"; }
    script good_name "plain" { run "sleep", "100000"; }
    script good_port "plain" { run "./plain.sh"; port (*FREE); }
    script good_secret "plain" { run "./plain.sh"; env { TOKEN = secret; } }
    script good_inherit "plain" { run "./plain.sh"; env { INHERITED = inherit "NOBODY_SETS_THIS" or "else"; } }
    script good_logs "plain" { run "./plain.sh"; out_file "./logs/new/out.log"; }
    script good_external "plain" { run "./plain.sh"; depends_on present; }
    script good_python "plain" { run "python3", "sleep.py"; }
    node good_entry "node" { entry "main.js"; }
    node good_main "packed";

    script bad_path "plain" { run "./missing.sh"; }
    script bad_mode "plain" { run "./closed.sh"; }
    script bad_head "plain" { run "./headless.sh"; }
    script bad_folder "plain" { run "./folder"; }
    script bad_link "plain" { run "./dangling.sh"; }
    script bad_name "plain" { run "no-program-has-this-name"; }
    script bad_directory "missing" { run "./plain.sh"; }
    script bad_directory_file "plain/plain.sh" { run "./plain.sh"; }
    node bad_entry "node" { entry "missing.js"; }
    node bad_main "unpacked";
    script bad_port "plain" { run "./plain.sh"; port (taken()); }
    script bad_secret "plain" { run "./plain.sh"; env { MISSING = secret; } }
    script bad_inherit "plain" { run "./plain.sh"; env { INHERITED = inherit "NOBODY_SETS_THIS"; } }
    script bad_env_file "plain" { run "./plain.sh"; env_file "missing.env"; }
    script bad_logs "plain" { run "./plain.sh"; out_file "./plain.sh/out.log"; }
    script bad_external "plain" { run "./plain.sh"; depends_on absent; }
};

/// What is there of it, and what is broken.
fn prepare(root: &Path) {
    let write = |path: &str, text: &str, mode: u32| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match mode {
            0o755 => files::write_program(&path, text),
            mode => {
                fs::write(&path, text).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    };
    let forever = "setInterval(() => {}, 1000);\n";
    write(".tokens", "TOKEN=t0k3n\n", 0o600);
    write("plain/plain.sh", "#!/bin/sh\nexec sleep 100000\n", 0o755);
    write("plain/closed.sh", "#!/bin/sh\nexec sleep 100000\n", 0o644);
    write("plain/headless.sh", "exec sleep 100000\n", 0o755);
    write("plain/folder/plain.sh", "#!/bin/sh\nexec sleep 100000\n", 0o755);
    write("plain/sleep.py", "import time\ntime.sleep(100000)\n", 0o644);
    write("node/main.js", forever, 0o644);
    write("packed/package.json", r#"{"main": "lib"}"#, 0o644);
    write("packed/lib/index.js", forever, 0o644);
    write("unpacked/package.json", r#"{"main": "lib"}"#, 0o644);
    symlink("plain.sh", root.join("plain/link.sh")).unwrap();
    symlink("nowhere.sh", root.join("plain/dangling.sh")).unwrap();
    symlink("plain", root.join("linked")).unwrap();
}

fn names(prefix: &str) -> Vec<&'static str> {
    let apps = SYSTEM.resolve(&promethean::Options::default()).unwrap().apps;
    let names = apps.iter().map(|app| app.name.to_string()).filter(|name| name.starts_with(prefix));
    names.map(|name| &*name.leak()).collect()
}

fn check_is_ready_where_up_succeeds(mut scene: Scene) {
    prepare(scene.root().as_std_path());
    let (good, bad) = (names("good_"), names("bad_"));
    assert!(good.len() >= 12 && bad.len() >= 16);
    let mut dice = Dice::from_seed(7);
    // Each once alone, and then at random.
    let alone = good.iter().chain(&bad).map(|unit| vec![*unit]);
    let mut parts: Vec<Vec<&str>> = alone.collect();
    parts.push(good.clone());
    for _ in 0..effort::of(100) {
        let mut part = Vec::new();
        for _ in 0..=dice.below(5) {
            part.push(*dice.choose(&good));
        }
        if dice.once_in(2) {
            part.push(*dice.choose(&bad));
        }
        part.sort_unstable();
        part.dedup();
        parts.push(part);
    }
    let mut kept = Vec::new();
    for part in parts {
        let target = scene.target_of(&SYSTEM, &part);
        let engine = scene.engine(&target);
        let mut circumstances = Circumstances::of_process(&*engine);
        circumstances.running = kept.iter().map(|unit: &&str| (*unit).to_owned()).collect();
        let report = preflight::check(&target.wanted(), &circumstances);
        let outcome = scene.up(&target);
        assert_eq!(report.is_ready(), outcome.is_ok(), "{part:?}\n{report}\n{outcome:?}");
        let is_good = part.iter().all(|unit| good.contains(unit));
        assert_eq!(report.is_ready(), is_good, "{part:?}: {report}");
        // Some stay, and others are started anew.
        match is_good && dice.once_in(3) {
            true => kept.extend(part),
            false => {
                scene.down(&target);
                kept.retain(|unit| !part.contains(unit));
            }
        }
    }
}

/// What random services run: it listens on all its ports, and ends where a variable is missing.
const SERVE: &str = "#!/usr/bin/env node
const fails = (what) => { console.error(what); process.exit(4); };
for (const name of (process.env.WANTED || '').split(' ').filter(Boolean))
  if (process.env[name] === undefined) fails(name);
for (const [name, port] of Object.entries(process.env))
  if (/^PORT(_|$)/.test(name))
    require('http').createServer((_, answer) => answer.end('ok'))
      .on('error', (error) => fails(error.message)).listen(Number(port), process.env.LISTENS_ON);
setInterval(() => {}, 1000);
";

/// What can be wrong with a service, or nothing.
const FAULTS: [&str; 23] = [
    "the program is missing",
    "the program cannot be executed",
    "the program is a folder",
    "the name is not on PATH",
    "the directory is missing",
    "the directory is a file",
    "the entry is missing",
    "the port is taken",
    "an endpoint is taken",
    "an endpoint is taken on all addresses",
    "the port of the second process is taken",
    "a secret is missing",
    "a file of secrets is a folder",
    "an inherited variable is missing",
    "a chain has nothing",
    "the file of variables is missing",
    "the file of variables is a folder",
    "the log is in a file",
    "an external is absent",
    "a variable is too long",
    "the user is unknown",
    "what is watched is missing",
    "nothing starts it",
];

/// A random system, and the sockets that are in its way.
struct Random {
    units: Vec<Value>,
    taken: Vec<TcpListener>,
    secrets_are_a_folder: bool,
}

/// A random service on its way.
struct Service {
    fault: Option<&'static str>,
    settings: Map<String, Value>,
    env: Value,
    /// The variables that have to be there.
    wanted: Vec<String>,
    listen: Vec<Value>,
}

impl Service {
    fn has(&self, fault: &str) -> bool {
        self.fault == Some(fault)
    }

    fn set(&mut self, attribute: &str, value: Value) {
        self.settings.insert(attribute.to_owned(), Value::Array(vec![value]));
    }

    /// What it runs. Returns its kind.
    fn program(&mut self, dice: &mut Dice<'_>) -> &'static str {
        if self.has("the entry is missing") {
            self.set("entry", json!("missing.js"));
            return "node";
        }
        if self.fault.is_none() && dice.once_in(3) {
            self.set("entry", json!("serve.js"));
            return "node";
        }
        let run = match self.fault {
            Some("the program is missing") => json!(["./missing"]),
            Some("the program cannot be executed") => json!(["./closed"]),
            Some("the program is a folder") => json!(["./folder"]),
            Some("the name is not on PATH") => json!(["no-program-has-this-name"]),
            _ => {
                let right = [json!(["node", "serve.js"]), json!(["./serve"]), json!(["./linked"])];
                dice.choose(&right).clone()
            }
        };
        self.settings.insert("run".to_owned(), run);
        "script"
    }

    fn endpoints(&mut self, system: &mut Random, dice: &mut Dice<'_>) {
        let second = self.has("the port of the second process is taken");
        let taken_at = match self.fault {
            Some("an endpoint is taken") => Some("127.0.0.1"),
            Some("an endpoint is taken on all addresses") => Some("0.0.0.0"),
            _ => None,
        };
        if second || taken_at.is_none() && self.fault.is_none() && dice.once_in(6) {
            let port = system.pair(second);
            self.set("port", json!(port));
            self.set("instances", json!(2));
            self.set("exec_mode", json!({"word": "fork"}));
            self.set("increment_var", json!({"word": "PORT"}));
            // Two processes cannot have the same endpoint.
            return;
        }
        if self.has("the port is taken") {
            let port = system.taken("127.0.0.1");
            self.listen.push(json!({"scheme": "http", "at": port}));
        } else if dice.once_in(2) {
            self.listen.push(json!({"scheme": "http", "at": port::own()}));
        }
        for name in ["metrics", "admin"] {
            let port = match taken_at.filter(|_| name == "metrics") {
                Some(address) => system.taken(address),
                None if dice.once_in(3) => port::own(),
                None => continue,
            };
            self.listen.push(json!({"name": name, "scheme": "http", "at": port}));
            self.env[format!("PORT_{name}")] = json!(format!("{{port :{name}}}"));
        }
    }

    /// A probe of one of its endpoints, or none.
    fn probe(&self, dice: &mut Dice<'_>) -> Option<Value> {
        let endpoint = self.listen.get(dice.below(self.listen.len() + 1))?;
        let timeout = json!({"duration": "5m"});
        Some(match endpoint["name"].as_str() {
            Some(name) => {
                json!({"kind": "tcp", "endpoint": name, "values": [], "timeout": timeout})
            }
            None => json!({"kind": "http", "values": ["/"], "timeout": timeout}),
        })
    }

    fn variables(&mut self, number: usize, dice: &mut Dice<'_>, secrets: &mut String) {
        let is_missing = self.has("a secret is missing");
        if is_missing || self.has("a file of secrets is a folder") || dice.once_in(3) {
            let name = format!("SECRET_{number}");
            if !is_missing {
                writeln!(secrets, "{name}=s3cr3t").unwrap();
            }
            self.env[&name] = json!({"secret": null});
            self.wanted.push(name);
        }
        let nowhere =
            [json!({"secret": "NOBODY_STORES_THIS"}), json!({"inherit": "NOBODY_SETS_THIS"})];
        if self.has("an inherited variable is missing") {
            self.env["INHERITED"] = nowhere[1].clone();
        } else if self.has("a chain has nothing") {
            self.env["CHAIN"] = json!({"or": nowhere});
        } else if dice.once_in(3) {
            self.env["CHAIN"] = json!({"or": [nowhere[0], "text"]});
            self.wanted.push("CHAIN".to_owned());
        }
        if self.has("a variable is too long") {
            self.env["LONG"] = json!("x".repeat(200_000));
        }
        self.env["WANTED"] = json!(self.wanted.join(" "));
    }

    fn attributes(&mut self) {
        match self.fault {
            Some("the file of variables is missing") => self.set("env_file", json!("missing.env")),
            Some("the file of variables is a folder") => self.set("env_file", json!("folder")),
            Some("the log is in a file") => self.set("out_file", json!("./serve/out.log")),
            Some("the user is unknown") => self.set("uid", json!("no-such-user")),
            Some("what is watched is missing") => self.set("watch", json!("missing")),
            Some("nothing starts it") => {
                self.set("autostart", json!(false));
                self.set("cron_restart", json!("0 4 * * *"));
            }
            _ => {}
        }
    }
}

impl Random {
    fn new(dice: &mut Dice<'_>, secrets: &mut String) -> Random {
        let mut random =
            Random { units: Vec::new(), taken: Vec::new(), secrets_are_a_folder: false };
        for (name, program) in [("present", "true"), ("absent", "false")] {
            let ready = json!({"kind": "exec", "values": [program]});
            random.units.push(json!({"external": {"name": name, "ready": ready}}));
        }
        let count = 1 + dice.below(4);
        for number in 0..count {
            let fault = dice.once_in(5).then(|| *dice.choose(&FAULTS));
            random.secrets_are_a_folder |= fault == Some("a file of secrets is a folder");
            let unit = random.service(number, dice, fault, secrets);
            random.units.push(unit);
        }
        random
    }

    /// A port that is taken, on this address.
    fn taken(&mut self, address: &str) -> u16 {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        self.taken.push(listener);
        port
    }

    /// Two ports, one after the other, the second of which is taken if that is asked for.
    fn pair(&mut self, is_taken: bool) -> u16 {
        loop {
            let (first, second) = (port::own(), port::own());
            if second == first + 1 {
                if is_taken {
                    self.taken.push(TcpListener::bind(("127.0.0.1", second)).unwrap());
                }
                return first;
            }
        }
    }

    fn service(
        &mut self,
        number: usize,
        dice: &mut Dice<'_>,
        fault: Option<&'static str>,
        secrets: &mut String,
    ) -> Value {
        let mut service = Service {
            fault,
            settings: Map::new(),
            env: json!({"LISTENS_ON": "127.0.0.1"}),
            wanted: Vec::new(),
            listen: Vec::new(),
        };
        let kind = service.program(dice);
        service.endpoints(self, dice);
        service.variables(number, dice, secrets);
        service.attributes();
        let directory = match fault {
            Some("the directory is missing") => "missing",
            Some("the directory is a file") => "plain/serve",
            _ => *dice.choose(&["plain", "linked"]),
        };
        let mut depends_on = Vec::new();
        if service.has("an external is absent") {
            depends_on.push(json!({"unit": ["absent"]}));
        } else if dice.once_in(4) {
            depends_on.push(json!({"unit": ["present"]}));
        }
        if number > 0 && dice.once_in(2) {
            depends_on.push(json!({"unit": [format!("service-{}", dice.below(number))]}));
        }
        let ready = service.probe(dice);
        let Service { settings, env, listen, .. } = service;
        let mut block = json!({
            "settings": settings, "env": env, "listen": listen, "depends_on": depends_on,
        });
        if let Some(ready) = ready {
            block["ready"] = ready;
        }
        let name = format!("service-{number}");
        json!({"service": {"kind": kind, "name": name, "directory": directory, "block": block}})
    }

    fn target(&self, root: &Utf8Path) -> Target {
        let declaration = json!({
            "name": "random",
            "paths_unchecked": true,
            "secrets": if self.secrets_are_a_folder { "folder" } else { ".tokens" },
            "units": self.units,
        });
        let declaration: Declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
        Target::new(&ecosystem, &Options::default()).unwrap()
    }
}

fn prepare_random(root: &Path, secrets: &str) {
    let plain = root.join("plain");
    fs::create_dir_all(plain.join("folder")).unwrap();
    fs::create_dir_all(root.join("folder")).unwrap();
    fs::write(plain.join("serve.js"), SERVE).unwrap();
    fs::write(plain.join("closed"), SERVE).unwrap();
    files::write_program(plain.join("serve"), SERVE);
    symlink("serve", plain.join("linked")).unwrap();
    symlink("plain", root.join("linked")).unwrap();
    fs::write(root.join(".tokens"), secrets).unwrap();
    fs::set_permissions(root.join(".tokens"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// Systems of programs, directories, secrets and ports, where anything can be wrong: `check` says ready
/// exactly where `up` succeeds, and what it finds broken is broken.
fn random_systems_come_up_exactly_where_check_is_ready(mut scene: Scene) {
    let mut dice = Dice::from_seed(12);
    let cases = effort::of(200);
    let (mut ready, mut found) = (0, BTreeSet::new());
    for case in 0..cases {
        let root = scene.root().join(format!("case-{case}"));
        let mut secrets = String::new();
        let random = Random::new(&mut dice, &mut secrets);
        prepare_random(root.as_std_path(), &secrets);
        let target = random.target(&root);
        let engine = scene.engine(&target);
        let report = preflight::check(&target.wanted(), &Circumstances::of_process(&*engine));
        let told = || format!("{:#}\n{report}", Value::from(random.units.clone()));
        found.extend(report.findings.iter().map(|finding| finding.kind));
        let outcome = scene.up(&target);
        if report.is_ready() {
            ready += 1;
            assert!(outcome.is_ok(), "{}\n{}", told(), outcome.unwrap_err());
            let status = scene.status(&target);
            let is_well = status.apps.iter().all(AppStatus::is_well);
            assert!(is_well, "{}\n{status:#?}", told());
        } else {
            let is_rejected = matches!(
                &outcome,
                Err(OperationError::NotReady(_) | OperationError::Environment(_))
            );
            assert!(is_rejected, "{}\n{outcome:?}", told());
            is_broken(&scene, &target, &report);
        }
        scene.down(&target);
    }
    let cases = usize::try_from(cases).unwrap();
    assert!(ready >= cases / 5 && ready <= cases - cases / 5, "{ready} of {cases}");
    assert!(found.len() >= 5, "{found:?}");
}

/// The engine asked without a check does not run what is reported of programs, directories and ports.
fn is_broken(scene: &Scene, target: &Target, report: &Report) {
    let topics = [Topic::Program, Topic::Directory, Topic::Entry, Topic::Port];
    let failures = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Failure && topics.contains(&finding.kind));
    let broken: BTreeSet<&str> =
        failures.flat_map(|finding| finding.units.iter().map(String::as_str)).collect();
    let engine = scene.engine(target);
    let system = target.wanted();
    let Ok(definitions) = Definition::all(&*engine, &system) else { return };
    let lock = engine.lock("test", Duration::from_secs(60), &mut |_| {}).unwrap();
    let mut session = lock.launch().unwrap();
    for definition in definitions {
        let name = definition.app.name.as_str();
        if !broken.contains(name) {
            continue;
        }
        let (sender, answer) = mpsc::channel();
        let start = definition.start(&*engine, target.owner(), None);
        session.start(start, Box::new(move |answer| sender.send(answer).unwrap()));
        if answer.recv_timeout(Duration::from_secs(300)).unwrap().is_ok() {
            let fails = |process: &Process| process.pid == 0 || process.restarts > 0;
            eventually(name, || {
                let listed = session.list().unwrap();
                let mut own = listed.iter().filter(|process| process.name == name);
                own.any(fails)
            });
        }
    }
    lock.finished();
}

/// The engine asked without a check runs none of what `check` finds broken of programs and directories. (A
/// script without `#!` is one that PM2 does not run from its own files; the `env` that `up` puts before
/// it hands it to a shell.)
fn what_check_finds_broken_does_not_run(scene: Scene) {
    prepare(scene.root().as_std_path());
    let broken: Vec<&str> = names("bad_")
        .into_iter()
        .filter(|name| {
            let of = ["path", "mode", "folder", "link", "name", "directory", "entry", "main"];
            of.iter().any(|kind| name.strip_prefix("bad_").unwrap().starts_with(kind))
        })
        .collect();
    let target = scene.target_of(&SYSTEM, &broken);
    let system = target.wanted();
    let engine = scene.engine(&target);
    let lock = engine.lock("test", Duration::from_secs(60), &mut |_| {}).unwrap();
    let mut session = lock.launch().unwrap();
    let (sender, answers) = mpsc::channel();
    for definition in Definition::all(&*engine, &system).unwrap() {
        let (name, sender) = (definition.app.name.to_string(), sender.clone());
        let start = definition.start(&*engine, target.owner(), None);
        session.start(start, Box::new(move |answer| sender.send((name, answer)).unwrap()));
    }
    let mut started = Vec::new();
    for _ in &broken {
        let (name, answer) = answers.recv_timeout(Duration::from_secs(300)).unwrap();
        if answer.is_ok() {
            started.push(name);
        }
    }
    // What it has taken ends again and again, or never had a process.
    let fails = |process: &Process| process.pid == 0 || process.restarts > 0;
    for name in &started {
        eventually(name, || {
            let listed = session.list().unwrap();
            listed.iter().filter(|process| process.name == *name).all(fails)
        });
    }
}

/// What runs as it is defined goes on without its program, so that `up` succeeds; it does not start
/// again.
#[test]
fn what_runs_is_ready_without_its_program_until_it_has_to_start() {
    let scene = Scene::new();
    let says = |arguments: &[&str], generation| {
        let mut run = crashes::run(&scene, arguments, generation);
        let output = run.stdout(std::process::Stdio::piped()).output().unwrap();
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap());
        (output.status.code(), said.concat())
    };
    let ready = |generation, is_ready: bool| {
        let (code, said) = says(&["check"], generation);
        assert_eq!(code, Some(if is_ready { 0 } else { 3 }), "{said}");
        said
    };
    assert_eq!(ready(1, true), "ready\n");
    let (code, said) = says(&["up"], 1);
    assert_eq!(code, Some(0), "{said}");
    fs::remove_file(scene.path("stamp.sh")).unwrap();
    let missing = format!("its program {} does not exist", scene.path("stamp.sh").display());
    let said = ready(1, true);
    let warned =
        format!("warning: one, two and 2 more: {missing}; it keeps running, but cannot restart\n");
    assert!(said.starts_with(&warned) && said.ends_with("\nready, 1 warning\n"), "{said}");
    let (code, said) = says(&["up"], 1);
    assert_eq!(code, Some(0), "{said}");
    // What is changed, started again by name, or does not run needs it.
    let said = ready(2, false);
    assert!(said.contains(&missing) && !said.contains("keeps running"), "{said}");
    for arguments in [&["up"], &["restart"]] {
        let generation = if arguments == &["up"] { 2 } else { 1 };
        let (code, said) = says(arguments, generation);
        assert!(code == Some(3) && said.contains(&missing), "{code:?}: {said}");
    }
    let (code, said) = says(&["down", "--force", "one"], 1);
    assert_eq!(code, Some(0), "{said}");
    let said = ready(1, false);
    assert!(said.starts_with(&format!("error: one: {missing}\n")), "{said}");
    assert!(said.contains("warning: two, three_four and three_five: "), "{said}");
    let (code, said) = says(&["up"], 1);
    assert!(code == Some(3) && said.contains(&missing), "{code:?}: {said}");
}

/// A name that somebody else's app has keeps `up` from succeeding.
#[test]
fn a_name_that_is_taken_is_not_ready() {
    let scene = Scene::new();
    scene.pm2.run(&["start", "sleep", "--name", "two", "--", "100000"]);
    let output = crashes::run(&scene, &["check"], 1).stdout(std::process::Stdio::piped()).output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    let taken = "error: two: the app name is already in use, and no ecosystem started that app\n  \
                 help: rename the service, or run `pm2 delete two`\n";
    assert!(said.starts_with(taken), "{said}");
    let output = crashes::run(&scene, &["up"], 1).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("two: the app name is already"), "{said}");
}
