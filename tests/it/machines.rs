//! Machines: `machine`, `has` and `on`, and what references and dependencies make of them.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use camino::Utf8Path;
use promethean::check::{Surroundings, check};
use promethean::declaration::Declaration;
use promethean::probe::Test;
use promethean::resolve::Placement;
use promethean::{Ecosystem, Options, System, Variable, ecosystem};
use promethean_test_support::files;
use promethean_test_support::random;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The program that runs any declaration.
const DECLARED: &str = env!("CARGO_BIN_EXE_declared");

mod base {
    use super::*;

    pub(super) static MACHINES: Ecosystem = ecosystem! {
        /// Under the desk.
        machine stealth "stealth.lan" { root "/srv/system"; has npu, gpu; }
        machine pi "192.168.1.20" { root "/home/err/system"; has npu; }
        template brain { on gpu; }
    };
}

static SYSTEM: Ecosystem = ecosystem! {
    name several;
    paths unchecked;
    use base::MACHINES;
    defaults { on pi; }
    node proxx: brain "services/proxx" {
        listen http "0.0.0.0:8789";
        listen admin: http 9000;
        ready http "/health";
    }
    node beside "services/beside" { on stealth; env { API = url proxx "/v1"; ADMIN = address proxx:admin; } }
    agent duck {
        depends_on proxx;
        env { API = url proxx "/v1"; PROXX_PORT = port proxx:admin; }
        node voice "services/voice";
        node free "services/free" { on npu; }
        node strong "services/strong" { on npu; profile heavy { on stealth; } }
    }
};

fn resolved(placement: Placement) -> System {
    SYSTEM.resolve(&Options { placement, ..Options::default() }).unwrap()
}

fn env(system: &System, app: &str, key: &str) -> String {
    match system.app(app).unwrap().env.get(key) {
        Some(Variable::Plain(text)) => text.to_string(),
        other => panic!("{key} of {app} is {other:?}"),
    }
}

fn on(system: &System, app: &str) -> String {
    system.app(app).unwrap().machines.join(" ")
}

#[test]
fn units_run_on_the_machines_of_the_strongest_layer() {
    let system = resolved(Placement::Distributed);
    for (app, machines) in [
        ("proxx", "stealth"),
        ("beside", "stealth"),
        ("duck_voice", "pi"),
        ("duck_free", "stealth pi"),
        ("duck_strong", "stealth pi"),
    ] {
        assert_eq!(on(&system, app), machines, "{app}");
    }
    let heavy = Options { profile: Some("heavy".into()), ..Options::default() };
    assert_eq!(on(&SYSTEM.resolve(&heavy).unwrap(), "duck_strong"), "stealth");
}

#[test]
fn a_reference_gives_the_host_of_the_machine() {
    let system = resolved(Placement::Distributed);
    assert_eq!(env(&system, "beside", "API"), "http://127.0.0.1:8789/v1");
    assert_eq!(env(&system, "beside", "ADMIN"), "127.0.0.1:9000");
    assert_eq!(env(&system, "duck_voice", "API"), "http://stealth.lan:8789/v1");
    // Whichever machine it is on, the other one or the same.
    assert_eq!(env(&system, "duck_free", "API"), "http://stealth.lan:8789/v1");
    // A port has no host.
    assert_eq!(env(&system, "duck_voice", "PROXX_PORT"), "9000");
}

#[test]
fn a_machine_has_its_units_and_what_they_wait_for_elsewhere() {
    let system = resolved(Placement::Machine("pi".to_owned()));
    assert_eq!(system.root, "/home/err/system");
    let apps: Vec<&str> = system.apps.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(apps, ["duck_voice", "duck_free", "duck_strong"]);
    assert_eq!(system.apps[0].directory, "/home/err/system/services/voice");
    let here: Vec<bool> = system.apps.iter().map(|app| app.is_here).collect();
    assert_eq!(here, [true, false, false]);
    let proxx = system.external("proxx").unwrap();
    let url = "http://stealth.lan:8789/health";
    let probe = Test::Http { url: url.into(), status: None };
    assert_eq!(proxx.ready.as_ref().map(|probe| &probe.test), Some(&probe));

    let stealth = resolved(Placement::Machine("stealth".to_owned()));
    assert!(stealth.externals.is_empty());
    assert!(stealth.app("proxx").unwrap().is_here);

    let together = resolved(Placement::Together);
    assert_eq!(env(&together, "duck_voice", "API"), "http://127.0.0.1:8789/v1");
    assert!(together.machines.is_empty());
    assert!(together.apps.iter().all(|app| app.is_here && app.machines.is_empty()));
}

#[test]
fn a_probe_is_tried_from_elsewhere_where_it_is_seen_from_there() {
    static PROBED: Ecosystem = ecosystem! {
        name probed;
        paths unchecked;
        machine stealth "stealth.lan";
        node open "open" { listen http "0.0.0.0:81"; ready http "/health"; }
        node closed "closed" { listen http 82; ready http "/"; }
        node fixed "fixed" { listen tcp "10.0.0.5:83"; ready tcp; }
        node written "written" { ready tcp "127.0.0.1:84"; }
        node says "says" { ready log "up"; }
        node silent "silent";
    };
    let system = PROBED.resolve(&Options::default()).unwrap();
    let from_elsewhere = |app: &str| {
        let probe = system.app(app).unwrap().probe_over_network("stealth.lan");
        probe.map(|probe| match probe.test {
            Test::Http { url, .. } => url.to_string(),
            Test::Tcp(address) => address.to_string(),
            other => panic!("{other:?}"),
        })
    };
    let seen = ["open", "fixed", "closed", "written", "says", "silent"].map(from_elsewhere);
    let expected =
        [Some("http://stealth.lan:81/health".to_owned()), Some("10.0.0.5:83".to_owned())];
    assert_eq!(seen[..2], expected);
    assert_eq!(seen[2..], [const { None }; 4]);
    let endpoint = |app: &str| system.app(app).unwrap().endpoints[0].on_machine("stealth.lan");
    assert_eq!(endpoint("open").url().as_deref(), Some("http://stealth.lan:81"));
    assert_eq!(endpoint("closed").url().as_deref(), Some("http://127.0.0.1:82"));
}

#[test]
fn a_machine_or_unit_that_is_not_there_is_named() {
    let said = |machine: &str, unit: &str| {
        let placement = Placement::Machine(machine.to_owned());
        let options = Options { placement, units: vec![unit.to_owned()], ..Options::default() };
        SYSTEM.resolve(&options).unwrap_err().to_string()
    };
    assert_eq!(
        said("stelth", "proxx"),
        "unknown machine `stelth`\n  help: did you mean `stealth`?"
    );
    assert_eq!(said("pi", "proxx"), "`proxx` does not run on `pi`: it runs on `stealth`");
}

/// A program of a declaration.
fn declared(declaration: &Value, arguments: &[&str]) -> Output {
    let (_guard, directory) = files::directory();
    let file = directory.join("declaration.json");
    std::fs::write(&file, declaration.to_string()).unwrap();
    let mut command = Command::new(DECLARED);
    command.args(arguments).env("DECLARATION", file).env("PM2_HOME", directory.join("pm2"));
    command.output().unwrap()
}

fn two_machines() -> Value {
    let service = |name: &str, on: &[&str]| {
        let on: Vec<Value> = on.iter().map(|name| json!({"word": name})).collect();
        json!({"service": {
            "kind": "script", "name": name, "directory": "/",
            "block": {"settings": {"run": ["true"], "on": on, "autorestart": [false]}},
        }})
    };
    json!({
        "name": "two", "paths_unchecked": true,
        "machines": [
            {"name": "stealth", "host": "stealth.lan", "has": ["npu"]},
            {"name": "pi", "host": "192.168.1.20", "has": ["npu"]},
        ],
        "units": [service("web", &["pi"]), service("duck", &["npu"])],
    })
}

#[test]
fn an_engine_of_one_machine_asks_which_one_this_is() {
    let check = |arguments: &[&str]| {
        let all = [&["check", "--engine", "embedded", "--json"], arguments].concat();
        let output = declared(&two_machines(), &all);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        let of_machines = findings.into_iter().filter(|finding| finding["kind"] == "machine");
        of_machines
            .map(|finding| (finding["units"][0].to_string(), finding["help"].to_string()))
            .collect::<Vec<_>>()
    };
    let asked = check(&[]);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(
        asked[0].1.contains("`--machine pi`; or run all units here: `--one-machine`"),
        "{asked:?}"
    );
    let on_pi = check(&["--machine", "pi"]);
    assert!(matches!(on_pi.as_slice(), [(unit, _)] if unit == "\"duck\""), "{on_pi:?}");
    assert!(check(&["--one-machine"]).is_empty());
}

/// Whether two words follow each other, whatever a file has between them.
fn has_words(text: &str, first: &str, second: &str) -> bool {
    let is_between = |letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '_';
    // Tags of XML are between them, too.
    let text = text.replace("<string>", " ").replace("</string>", " ");
    let words: Vec<&str> = text.split(is_between).filter(|word| !word.is_empty()).collect();
    words.windows(2).any(|pair| pair == [first, second])
}

#[test]
fn what_boot_and_supervisor_write_says_which_machine_it_is_for() {
    let of = |declaration: &Value, arguments: &[&str]| {
        let output = declared(declaration, arguments);
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let written = |arguments: &[&str]| of(&two_machines(), arguments);
    let (code, text) = written(&["supervisor", "--machine", "pi"]);
    assert_eq!(code, Some(0), "{text}");
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("command=")).collect();
    assert_eq!(commands.len(), 2, "{text}");
    assert!(commands.iter().all(|command| has_words(command, "--machine", "pi")), "{text}");
    let (_, text) = written(&["supervisor", "--machine", "stealth"]);
    assert!(text.contains("[program:duck]") && !text.contains("[program:web]"), "{text}");
    let (_, text) = written(&["supervisor", "--one-machine"]);
    assert!(text.contains("[program:web]") && text.contains(" --one-machine "), "{text}");
    assert!(!text.contains("--machine pi"), "{text}");
    let (code, text) = written(&["supervisor"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("say which machine this is: `--machine NAME`"), "{text}");

    if cfg!(not(unix)) {
        return;
    }
    // `duck` can run on two, of which one engine knows nothing.
    let mut fixed = two_machines();
    fixed["units"].as_array_mut().unwrap().truncate(1);
    let written = |arguments: &[&str]| of(&fixed, arguments);
    for engine in ["pm2", "embedded"] {
        let (code, text) = written(&["boot", "show", "--engine", engine, "--machine", "pi"]);
        assert_eq!(code, Some(0), "{engine}: {text}");
        assert!(has_words(&text, "--machine", "pi"), "{engine}: {text}");
        let (_, text) = written(&["boot", "show", "--engine", engine, "--one-machine"]);
        assert!(!text.contains("--machine pi"), "{engine}: {text}");
        // `up` would fail at each start of the machine.
        for action in ["show", "install"] {
            let (code, text) = written(&["boot", action, "--engine", engine]);
            assert_eq!(code, Some(1), "{engine}: {text}");
            assert!(text.contains("`--machine pi`; or run all units here"), "{engine}: {text}");
        }
        assert!(text.contains("--one-machine") && !has_words(&text, "--machine", "pi"), "{text}");
    }
}

/// Writes a configuration into a folder: the exit code, and what is said.
fn written(
    declaration: &Value,
    command: &str,
    folder: &Utf8Path,
    further: &[&str],
) -> (Option<i32>, String) {
    let arguments = [&[command, "--program", "declared", "-o", folder.as_str()], further];
    let output = declared(declaration, &arguments.concat());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Supvisors asks for a name of an address, and has a port of its own.
#[test]
fn what_keeps_supvisors_from_its_start_is_said_where_its_files_are_written() {
    let (_guard, directory) = files::directory();
    let folder = directory.join("machines");
    let written =
        |declaration: &Value, further: &[&str]| written(declaration, "supvisors", &folder, further);
    let (code, said) = written(&two_machines(), &["--check"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("stealth/supervisord.conf does not exist"), "{said}");

    let (code, said) = written(&two_machines(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("note: pi has an address for a host"), "{said}");
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    assert!(readme.contains("```text\n192.168.1.20 pi\n```\n"), "{readme}");
    assert_eq!(written(&two_machines(), &["--check"]).0, Some(0));

    let mut listening = two_machines();
    let block = &mut listening["units"][0]["service"]["block"];
    block["listen"] = json!([{"scheme": "http", "at": 60000}]);
    let (code, said) = written(&listening, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("web listens on port 60000, on which the machines talk"), "{said}");
    assert_eq!(written(&listening, &["--port", "60001"]).0, Some(0));
}

/// A project has a `README.md`, too.
#[test]
fn only_files_of_this_program_are_replaced() {
    let (_guard, directory) = files::directory();
    for (command, name) in [
        ("supvisors", "README.md"),
        ("supvisors", "rules.xml"),
        ("supvisors", "pi/supervisord.conf"),
        ("supervisor", "supervisord.conf"),
    ] {
        let folder = directory.join(format!("{command}-{}", name.replace('/', "-")));
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "# mine\n").unwrap();
        let machine = ["--one-machine"];
        let further = if command == "supervisor" { &machine[..] } else { &[] };
        let (code, said) = written(&two_machines(), command, &folder, further);
        assert_eq!(code, Some(1), "{command} {name}: {said}");
        let expected = format!(
            "error: {file} is there, and not written by this program\n  \
             help: choose a directory of its own, or remove that file\n"
        );
        assert!(said.ends_with(&expected), "{said}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\n");
        let mut present = std::fs::read_dir(&folder).unwrap();
        assert!(present.next().is_some() && present.next().is_none(), "nothing else is written");
        std::fs::remove_file(&file).unwrap();
        for _ in 0..2 {
            let (code, said) = written(&two_machines(), command, &folder, further);
            assert_eq!(code, Some(0), "{command} {name}: {said}");
        }
    }
}

/// Supervisor could be started there with what is no longer true.
#[test]
fn the_files_of_a_machine_that_is_gone_are_named() {
    let (_guard, directory) = files::directory();
    let folder = directory.join("machines");
    let written =
        |declaration: &Value, further: &[&str]| written(declaration, "supvisors", &folder, further);
    assert_eq!(written(&two_machines(), &[]).0, Some(0));
    let mut one = two_machines();
    for machine in one["machines"].as_array_mut().unwrap() {
        if machine["name"] == "pi" {
            machine["name"] = json!("pie");
        }
    }
    for unit in one["units"].as_array_mut().unwrap() {
        let settings = unit["service"]["block"]["settings"].as_object_mut().unwrap();
        if settings["on"] == json!([{"word": "pi"}]) {
            settings.insert("on".to_owned(), json!([{"word": "pie"}]));
        }
    }
    std::fs::create_dir(folder.join("notes")).unwrap();
    let gone = format!("{folder}/pi is of a machine that the ecosystem does not have");
    for further in [&[][..], &["--check"]] {
        let (code, said) = written(&one, further);
        assert_eq!(code, Some(if further.is_empty() { 0 } else { 2 }), "{said}");
        assert_eq!(said.matches(&gone).count(), 1, "{said}");
        assert!(!said.contains("notes is"), "{said}");
    }
    std::fs::remove_dir_all(folder.join("pi")).unwrap();
    assert_eq!(written(&one, &["--check"]).0, Some(0));
}

#[test]
fn pictures_draw_machines_and_status_has_a_column() {
    let printed = |declaration: &Value, arguments: &[&str]| {
        String::from_utf8(declared(declaration, arguments).stdout).unwrap()
    };
    let tree = printed(&two_machines(), &["graph", "--format", "tree"]);
    assert!(tree.contains("web (script, on pi)"), "{tree}");
    assert!(tree.contains("stealth (machine, stealth.lan, has npu)"), "{tree}");
    let mermaid = printed(&two_machines(), &["graph", "--format", "mermaid"]);
    assert!(mermaid.contains("{{\"pi<br/>192.168.1.20<br/>has npu\"}}"), "{mermaid}");
    let dot = printed(&two_machines(), &["graph", "--format", "dot"]);
    assert!(
        dot.contains("\"machine pi\" [label=\"pi\\n192.168.1.20\\nhas npu\", shape=box3d"),
        "{dot}"
    );
    let svg = printed(&two_machines(), &["graph", "--format", "svg"]);
    assert!(svg.contains("machine"), "{svg}");

    let head = |declaration: &Value| {
        let status = printed(declaration, &["status", "--engine", "embedded"]);
        status
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    let lines = head(&two_machines());
    assert!(lines[0].starts_with("unit state on pid"), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.starts_with("duck") && line.contains("stealth or pi")),
        "{lines:?}"
    );
    let elsewhere = "help: `status --engine supvisors` shows what runs on the machines";
    let status = ["status", "--engine", "embedded"];
    assert!(printed(&two_machines(), &status).contains(elsewhere));
    let mut without = two_machines();
    without["machines"] = json!([]);
    for unit in without["units"].as_array_mut().unwrap() {
        unit["service"]["block"]["settings"].as_object_mut().unwrap().remove("on");
    }
    assert!(head(&without)[0].starts_with("unit state pid"));
    assert!(!printed(&without, &status).contains(elsewhere));
    let plan = printed(&two_machines(), &["plan", "--engine", "embedded"]);
    assert!(plan.contains("+ web (on pi): create"), "{plan}");
}

/// As references to it have it.
#[test]
fn status_shows_where_a_unit_listens_on_its_machine() {
    let mut declaration = two_machines();
    declaration["units"][0]["service"]["block"]["listen"] = json!([
        {"scheme": "http", "at": "0.0.0.0:8789"},
        {"name": "own", "scheme": "http", "at": "127.0.0.1:8790"},
    ]);
    let status = declared(&declaration, &["status", "--engine", "embedded", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let web = status["apps"].as_array().unwrap().iter().find(|app| app["app"] == "web").unwrap();
    assert_eq!(web["endpoints"][0]["url"], "http://192.168.1.20:8789", "{status}");
    assert_eq!(web["endpoints"][1]["url"], "http://127.0.0.1:8790", "{status}");
}

/// The compiler sees those of one file; what several files have together is seen when it is resolved.
#[test]
fn machines_of_several_files_have_hosts_of_their_own() {
    mod other {
        use promethean::{Ecosystem, ecosystem};

        pub(super) static OTHER: Ecosystem = ecosystem! { machine pi "pi.lan"; };
    }
    static TOGETHER: Ecosystem = ecosystem! {
        name together;
        paths unchecked;
        use other::OTHER;
        machine box "PI.lan.";
        script web { run "web"; on box; }
    };
    let problems = TOGETHER.resolve(&Options::default()).unwrap_err().to_string();
    assert!(problems.contains("another machine has this host"), "{problems}");
}

/// The hosts that units listen on, and whether others reach them there.
const HOSTS: [(&str, bool); 4] =
    [("127.0.0.1", false), ("0.0.0.0", true), ("10.1.2.3", true), ("127.0.0.9", false)];

/// On which of three machines a unit can run; and its host, as a number.
type Placed = (BTreeSet<usize>, usize);

fn placed() -> impl Strategy<Value = Placed> {
    (prop::collection::btree_set(0..3_usize, 0..3), 0..HOSTS.len())
}

/// A system of which the first unit refers to the second one.
fn referring(reader: &Placed, target: &Placed) -> Declaration {
    let unit = |name: &str, (on, host): &Placed, env: Value| {
        let on: Vec<Value> =
            on.iter().map(|number| json!({"word": format!("m{number}")})).collect();
        let mut settings = json!({"run": ["true"]});
        if !on.is_empty() {
            settings["on"] = json!(on);
        }
        let port = if name == "reader" { 81 } else { 80 };
        let at = format!("{}:{port}", HOSTS[*host].0);
        json!({"service": {"kind": "script", "name": name, "block": {
            "settings": settings, "env": env, "listen": [{"scheme": "http", "at": at}],
        }}})
    };
    let machines: Vec<Value> = (0..3)
        .map(|number| json!({"name": format!("m{number}"), "host": format!("m{number}.lan")}))
        .collect();
    let url = json!({"URL": {"endpoint": {"part": "url", "unit": ["target"]}}});
    let units = json!([unit("reader", reader, url), unit("target", target, json!({}))]);
    serde_json::from_value(json!({"machines": machines, "units": units})).unwrap()
}

/// What a person who thinks about it says of the reference: the URL, or the rule that it breaks.
fn expected((readers, _): &Placed, (on, host): &Placed) -> Result<String, &'static str> {
    let all: BTreeSet<usize> = (0..3).collect();
    let or_all = |on: &BTreeSet<usize>| if on.is_empty() { all.clone() } else { on.clone() };
    let (readers, on) = (or_all(readers), or_all(on));
    let (written, others_reach) = HOSTS[*host];
    let machine = match on.first() {
        Some(machine) if on.len() == 1 => machine,
        _ => return Err("several-machines"),
    };
    let is_local = readers == on;
    if !is_local && !others_reach {
        return Err("other-machine");
    }
    let host = match (written, is_local) {
        ("0.0.0.0", true) => "127.0.0.1".to_owned(),
        ("0.0.0.0", false) => format!("m{machine}.lan"),
        (written, _) => written.to_owned(),
    };
    Ok(format!("http://{host}:80"))
}

proptest! {
    #![proptest_config(random::cases(300))]

    /// The compiler and resolution say of each reference what a person says.
    #[test]
    fn references_from_machine_to_machine(reader in placed(), target in placed()) {
        let declaration = referring(&reader, &target);
        let problems = check(&declaration, Surroundings::default());
        let rules: Vec<&str> = problems.iter().map(|problem| problem.fault.rule()).collect();
        let messages: Vec<String> =
            problems.iter().map(|problem| problem.fault.diagnostic().to_string()).collect();
        let ecosystem = Ecosystem::from_declaration(declaration, "/srv", &[]);
        let resolved = ecosystem.resolve(&Options::default());
        match expected(&reader, &target) {
            Ok(url) => {
                prop_assert_eq!(rules, [""; 0]);
                let system = resolved.unwrap();
                prop_assert_eq!(env(&system, "reader", "URL"), url);
            }
            Err(rule) => {
                prop_assert_eq!(rules, [rule]);
                let said = resolved.unwrap_err().to_string();
                let message = messages[0].lines().next().unwrap();
                prop_assert!(said.contains(message), "{said}\n{message}");
            }
        }
    }
}
