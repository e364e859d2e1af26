//! `promethean import`: from PM2's configuration to an ecosystem that means the same.
//!
//! Each folder of `tests/import` is a configuration as people have them, beside it the ecosystem that
//! is made of it (`main.rs`) and what the program says (`said.txt`). `UPDATE=1` writes both anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex};
use std::{iter, thread};

use camino::{Utf8Path, Utf8PathBuf};
use promethean::emit::{self, Config};
use promethean::{Ecosystem, Options as Resolution, SourcePiece, SourceText, Variable};
use promethean_cli::import::{Options, Verification, import};
use promethean_test_support::effort;
use promethean_test_support::files::{committed, directory, repository, write_program};
use promethean_test_support::nested::Nested;
use promethean_test_support::node::{modules, target_directory};
use promethean_test_support::pm2::{Pm2, eventually};
use promethean_test_support::random;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::templates::in_foreground;

const PROGRAM: &str = env!("CARGO_BIN_EXE_promethean-under-test");

/// A configuration of `tests/import`.
struct Case {
    name: String,
    file: PathBuf,
    arguments: Vec<String>,
}

/// All of them, in the order of their names.
fn cases() -> Vec<Case> {
    let root = repository().join("tests/import");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
        .into_iter()
        .map(|folder| {
            let arguments = fs::read_to_string(folder.join("arguments")).unwrap_or_default();
            let is_configuration = |path: &PathBuf| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.contains(".config.")
                    || [
                        "process.json",
                        "process.yml",
                        "ecosystem.json",
                        "soak.ecosystem.cjs",
                        "Procfile",
                        "Procfile.dev",
                        "docker-compose.yml",
                        "compose.yaml",
                        "process-compose.yaml",
                        "package.json",
                    ]
                    .contains(&name)
            };
            let within = ["", "deploy", "infra", "infra/pm2"].map(|below| folder.join(below));
            let files = within.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
            let mut files = files.map(|entry| entry.unwrap().path()).filter(is_configuration);
            Case {
                name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
                file: files.next().unwrap_or_else(|| panic!("{}", folder.display())),
                arguments: arguments.lines().map(str::to_owned).collect(),
            }
        })
        .collect()
}

impl Case {
    /// The directory that its owner starts PM2 in.
    fn root(&self) -> &Path {
        let folder = self.file.parent().unwrap();
        let infra = folder.ancestors().find(|folder| folder.ends_with("infra"));
        infra.map_or(folder, |infra| infra.parent().unwrap())
    }
}

/// A folder with the programs that every machine has on PATH, so that what is found there is the same on all.
fn programs() -> &'static Path {
    static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = target_directory().join("import-programs");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let path = std::env::var_os("PATH").unwrap();
        for name in ["node", "npm", "npx", "sh", "bash", "env", "python3"] {
            let mut places = std::env::split_paths(&path).map(|folder| folder.join(name));
            let place = places.find(|place| place.is_file()).unwrap_or_else(|| panic!("{name}"));
            std::os::unix::fs::symlink(place, folder.join(name)).unwrap();
        }
        folder
    });
    &PROGRAMS
}

/// The program, in the folder of a file, with nothing of this shell but what Node needs.
fn program(file: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .env_clear()
        .env("PATH", programs())
        .env("HOME", "/home/somebody")
        .env("NODE_PATH", modules())
        .env("PROMETHEAN_PM2", modules().join("pm2"))
        .current_dir(file.parent().unwrap());
    command
}

fn imported(case: &Case, output: Option<&Path>) -> Output {
    let mut command = program(&case.root().join("x"));
    let file = case.file.strip_prefix(case.root()).unwrap();
    command.arg("import").arg(file).arg("--trust").args(&case.arguments);
    command.args(output.iter().flat_map(|output| [Path::new("--output"), output]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}: {}", case.name, complete(&output));
    output
}

/// All that a program said, and how it ended.
fn complete(output: &Output) -> String {
    let text = String::from_utf8_lossy;
    format!("{}\n{}\n{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// A case, and what is made of it: the ecosystem, and what the program says.
struct Made {
    case: Case,
    source: String,
    said: String,
}

/// All of them, made once: what is committed may just be written anew. Two tests wait for them, so they
/// are made on the processors of both.
static MADE: LazyLock<Vec<Made>> = LazyLock::new(|| {
    let make = |case: Case| {
        let output = imported(&case, None);
        let said = String::from_utf8(output.stderr).unwrap();
        let folder = case.root().display().to_string();
        let said = said.replace(&folder, ".").replace(repository().to_str().unwrap(), "…");
        Made { case, source: String::from_utf8(output.stdout).unwrap(), said }
    };
    let cases = Mutex::new(cases().into_iter());
    let next = || cases.lock().unwrap().next();
    let some = || iter::from_fn(next).map(make).collect::<Vec<Made>>();
    let mut made = thread::scope(|scope| {
        let others = scope.spawn(some);
        let mut made = some();
        made.extend(others.join().unwrap());
        made
    });
    made.sort_by(|one, other| one.case.name.cmp(&other.case.name));
    made
});

#[test]
fn every_configuration_becomes_what_stands_beside_it() {
    assert!(MADE.len() >= 40, "there are {}", MADE.len());
    for Made { case, source, said } in MADE.iter() {
        assert!(!source.contains(repository().to_str().unwrap()), "{}:\n{source}", case.name);
        for secret in [
            "token-from-dot-tokens",
            "not-a-real-token",
            "hunter2",
            "111:aaaa",
            "never-to-be-seen",
            "change-me",
        ] {
            assert!(!source.contains(secret) && !said.contains(secret), "{}: {secret}", case.name);
        }
        committed(&format!("tests/import/{}/main.rs", case.name), source);
        committed(&format!("tests/import/{}/said.txt", case.name), said);
    }
}

/// A crate of many ecosystems, and what each emits.
struct Batch {
    folder: PathBuf,
    modules: Vec<String>,
}

impl Batch {
    fn new(name: &str) -> Batch {
        let folder = target_directory().join(name);
        let _ = fs::remove_dir_all(folder.join("src"));
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             promethean = {{ path = \"{}\" }}\n\n[workspace]\n",
            repository().display()
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Batch { folder, modules: Vec::new() }
    }

    /// The file that an ecosystem is written to.
    fn file(&mut self, module: &str) -> PathBuf {
        self.modules.push(module.to_owned());
        self.folder.join("src").join(format!("{module}.rs"))
    }

    /// Builds the crate with rustc and returns what PM2 is told of each ecosystem.
    fn emitted(&self) -> BTreeMap<String, Value> {
        for module in &self.modules {
            let file = self.folder.join("src").join(format!("{module}.rs"));
            let text = fs::read_to_string(&file).unwrap();
            // What the file keeps to itself.
            let shown = "\npub fn system() -> promethean::System {\n    \
                         SYSTEM.resolve(&promethean::Options::default()).unwrap()\n}\n";
            fs::write(&file, text + shown).unwrap();
        }
        let modules = self.modules.join(";\nmod ");
        let systems: Vec<String> = self
            .modules
            .iter()
            .map(|module| format!("        (\"{module}\", {module}::system()),"))
            .collect();
        let main = format!(
            "mod {modules};\n\nfn main() {{\n    use promethean::emit::{{Config, json}};\n    \
             for (module, system) in [\n{}\n    ] {{\n        \
             println!(\"{{module}}\\0{{}}\\0\", json(&Config::new(&system)));\n    }}\n}}\n",
            systems.join("\n")
        );
        fs::write(self.folder.join("src/main.rs"), main).unwrap();
        let output = Nested::begin()
            .prepare(Command::new(env!("CARGO")).args(["run", "-q"]))
            .current_dir(&self.folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}: {}", self.folder.display(), complete(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut parts = text.split('\0');
        let mut emitted = BTreeMap::new();
        while let (Some(module), Some(json)) = (parts.next(), parts.next()) {
            emitted.insert(module.trim().to_owned(), serde_json::from_str(json).unwrap());
        }
        emitted
    }
}

/// What the declaration of an import comes to without rustc.
fn resolved(declaration: promethean::declaration::Declaration, package: &Path) -> Value {
    let directory = package.canonicalize().unwrap().to_str().unwrap().to_owned();
    let ecosystem = Ecosystem::from_declaration(declaration, directory, &[]);
    let system = ecosystem.resolve(&Resolution::default()).unwrap();
    serde_json::from_str(&emit::json(&Config::new(&system))).unwrap()
}

/// The ecosystem with its root as a whole: it was printed for the directory that it is made from.
fn rooted(source: &str, directory: &Path) -> String {
    let directory = directory.canonicalize().unwrap();
    let begin = "ecosystem! {\n";
    let (before, rest) = source.split_once(begin).unwrap();
    let rest: Vec<&str> = rest.split_inclusive('\n').collect();
    let written =
        rest.iter().find_map(|line| line.strip_prefix("    root \"")?.strip_suffix("\";\n"));
    let root = directory.join(written.unwrap_or_default());
    let rest = rest.iter().filter(|line| !line.starts_with("    root \"")).copied();
    format!("{before}{begin}    root {:?};\n{}", root.to_str().unwrap(), rest.collect::<String>())
}

#[test]
fn every_file_compiles() {
    let mut batch = Batch::new("imported-files");
    // Only the way to the root is another from another crate.
    let essence = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("    root "));
        lines.map(str::to_owned).collect()
    };
    for (number, Made { case, source, .. }) in MADE.iter().enumerate() {
        let file = batch.file(&case.name);
        if !effort::is_full() && number % 8 > 0 {
            fs::write(file, rooted(source, case.root())).unwrap();
            continue;
        }
        let output = imported(case, Some(&file));
        let (said, there) = (complete(&output), fs::read_to_string(file).unwrap());
        assert_eq!(essence(source), essence(&there), "{}: {said}", case.name);
    }
    let emitted = batch.emitted();
    for Made { case, said, .. } in MADE.iter() {
        let apps = emitted[&case.name]["apps"].as_array().unwrap().len();
        if said.contains("not compared: only PM2's own formats can be compared") {
            assert!(apps > 0, "{}", case.name);
            continue;
        }
        let counted =
            if apps == 1 { "PM2 reads 1 app".to_owned() } else { format!("PM2 reads {apps} apps") };
        let same =
            if apps == 1 { "same in 1 app".to_owned() } else { format!("same in {apps} apps") };
        assert!(said.contains(&counted) || said.contains(&same), "{}: {apps}\n{said}", case.name);
    }
}

/// The seed of it all: its seventeen apps are those that Node evaluates, but for what was wrong.
#[test]
fn the_seventeen_apps_are_those_of_node() {
    let file = repository().join("tests/fixtures/promethean.apps.json");
    let file = Utf8PathBuf::from_path_buf(file).unwrap();
    let imported = import(&file, &options()).unwrap();
    let ours = resolved(imported.declaration.clone(), Path::new("/"));
    let theirs: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let theirs = theirs.get("apps").unwrap_or(&theirs).as_array().unwrap();
    assert_eq!(imported.apps, 17);
    for app in theirs {
        let apps = ours["apps"].as_array().unwrap();
        let own = apps.iter().find(|own| own["name"] == app["name"]).unwrap();
        let mut env: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in app["env"].as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            env.insert(key.clone(), text);
        }
        // A secret is written nowhere.
        let token = env.remove("DISCORD_TOKEN");
        assert_eq!(own["env"].as_object().map_or(0, serde_json::Map::len), env.len());
        for (key, value) in &env {
            assert_eq!(own["env"][key], json!(value), "{} {key}", app["name"]);
        }
        let in_duck = app["name"].as_str().unwrap().starts_with("duck_");
        assert_eq!(token.is_some(), in_duck);
        assert_eq!(own.get("namespace").is_some(), in_duck, "Duck is an agent");
        let interpreter = match app["script"].as_str().unwrap() {
            "." => Value::Null,
            "pipenv" => json!("none"),
            _ => json!("bash"),
        };
        assert_eq!(own["interpreter"], interpreter);
        for key in ["script", "restart_delay", "out_file", "error_file", "kill_timeout"] {
            assert_eq!(own[key], app[key], "{} {key}", app["name"]);
        }
        // One that has none is in fork mode once, too.
        for (key, default) in [("exec_mode", json!("fork")), ("instances", json!(1))] {
            let theirs = if app[key].is_null() { &default } else { &app[key] };
            assert_eq!(&own[key], theirs, "{} {key}", app["name"]);
        }
    }
    let Verification::Compared { differences, .. } = imported.verification else {
        panic!("PM2 is there")
    };
    assert_eq!(differences, []);
    assert!(!imported.source.contains("token-from-dot-tokens"));
}

fn options() -> Options {
    Options {
        trust: true,
        pm2: Some(Utf8PathBuf::from_path_buf(modules().join("pm2")).unwrap()),
        ..Options::default()
    }
}

/// A configuration of one app, with this text for its file.
fn refused(name: &str, text: &str) -> String {
    let (_guard, folder) = directory();
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    // What never ends is waited for all that time, and nothing else should need it.
    let seconds = if text.contains("while (true)") { 5 } else { 300 };
    let options = Options { time_limit: std::time::Duration::from_secs(seconds), ..options() };
    let error = import(&file, &options).unwrap_err().to_string();
    error.replace(folder.as_str(), "…")
}

/// Whoever opens a pipe that nobody writes to waits for ever.
#[cfg(unix)]
#[test]
fn a_configuration_that_is_no_file_is_told_at_once() {
    let (_guard, folder) = directory();
    for name in ["f.json", "f.yaml", "f.config.js", "f.ts"] {
        let file = folder.join(name);
        assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
        let told = import(&file, &options()).unwrap_err().to_string();
        assert!(told.contains("it is a pipe or a device; copy what it gives to a file"), "{told}");
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        let told = import(&file, &options()).unwrap_err().to_string();
        assert!(told.contains("it is a directory"), "{told}");
    }
}

#[test]
fn what_cannot_be_imported_says_why_and_what_to_do() {
    for (name, text, says) in [
        (
            "a.config.js",
            "throw new TypeError('no luck');",
            "the configuration throws: TypeError: no luck (…/a.config.js:1)",
        ),
        ("a.config.js", "require('not-there');", "it requires a package that is not installed"),
        (
            "a.config.js",
            "module.exports = {apps: [",
            "the configuration has a syntax error: SyntaxError",
        ),
        ("a.config.js", "while (true) {}", "not ready after 5 seconds"),
        ("a.config.mjs", "await new Promise(() => {});", "waits for something that never happens"),
        ("a.config.js", "", "exports nothing"),
        (
            "a.config.js",
            "module.exports = () => ({apps: []})",
            "exports a function, which PM2 does not call",
        ),
        ("a.config.js", "module.exports = {apps: []}", "has no apps"),
        ("a.config.js", "module.exports = {apps: ['web']}", "has a text instead of an app"),
        ("a.config.js", "module.exports = 7", "does not export an object"),
        (
            "a.config.js",
            "module.exports = {apps: [{script: 'a', env: {A: () => 1}}]}",
            "`apps[0].env.A` is a function",
        ),
        (
            "a.config.mjs",
            "module.exports = {script: 'a.js'}",
            "a.config.mjs is an ES module; rename it to a.config.cjs, or write `export default`",
        ),
        (
            "a.config.js",
            "const a = {script: 'a'}; a.a = a; module.exports = {apps: [a]}",
            "`apps[0].a` contains itself",
        ),
        ("a.config.js", "process.exit(3)", "ends Node instead of exporting"),
        ("a.yaml", "apps: [", "is not valid YAML"),
        ("a.txt", "", "PM2 does not recognize …/a.txt as a configuration"),
    ] {
        let said = refused(name, text);
        assert!(said.contains(says), "{text}\n{said}");
        assert!(said.contains("help: "), "{said}");
    }
}

#[test]
fn code_runs_only_when_somebody_says_so() {
    let (_guard, folder) = directory();
    let file = folder.join("ecosystem.config.js");
    let proof = folder.join("ran");
    let text = format!(
        "require('fs').writeFileSync({:?}, ''); module.exports = {{script: 'a.js'}};",
        proof.as_str()
    );
    fs::write(&file, text).unwrap();
    let output =
        program(file.as_std_path()).args(["import", "ecosystem.config.js"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("is a program") && said.contains("--trust"), "{said}");
    assert!(!proof.exists());
    // JSON is data, and one that is not is not run.
    fs::write(
        folder.join("a.json"),
        format!("{{script: require('fs').writeFileSync({:?}, '')}}", proof.as_str()),
    )
    .unwrap();
    let output = program(file.as_std_path()).args(["import", "a.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!proof.exists());
    // What PM2 evaluates there may be evaluated, too.
    fs::write(folder.join("a.json"), "{script: 'a.js', max_restarts: 2 * 4}").unwrap();
    let output =
        program(file.as_std_path()).args(["import", "a.json", "--trust"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("max_restarts 8;"));
}

#[test]
fn without_node_and_without_pm2_it_says_so() {
    let (_guard, folder) = directory();
    fs::write(folder.join("a.config.js"), "module.exports = {script: 'a.js'};").unwrap();
    fs::write(folder.join("a.json"), r#"{"script": "a.js"}"#).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().env("PATH", folder.as_str()).current_dir(&folder);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(&["import", "a.config.js", "--trust"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("`node` cannot be started: it is not on PATH"), "{said}");
    let (code, said) = run(&["import", "a.json"]);
    assert_eq!(code, Some(0));
    assert!(
        said.contains("not compared: PM2 is not installed: `pm2` is neither on PATH"),
        "{said}"
    );
    let (code, _) = run(&["import", "a.json", "--strict"]);
    assert_eq!(code, Some(1), "nothing was proven");
}

/// As the operations find it: behind a script that stands for it, with the Node beside that.
#[test]
fn pm2_is_found_as_the_operations_find_it() {
    let (_guard, folder) = directory();
    let programs = folder.join("programs");
    fs::create_dir(&programs).unwrap();
    fs::write(folder.join("a.json"), r#"{"script": "a.js"}"#).unwrap();
    let shim = programs.join("pm2");
    let pm2 = modules().join("pm2/bin/pm2");
    fs::write(&shim, format!("#!/bin/sh\nexec node \"{}\" \"$@\"\n", pm2.display())).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let mut node = std::env::split_paths(&path).map(|folder| folder.join("node"));
    let node = node.find(|node| node.is_file()).unwrap();
    std::os::unix::fs::symlink(node, programs.join("node")).unwrap();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(PROGRAM);
        command.args(["import", "a.json"]).args(arguments).env_clear().current_dir(&folder);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let same = "PM2 reads the same in 1 app";
    let said = run(&[], &[("PATH", programs.as_str())]);
    assert!(said.contains(same), "{said}");
    let said = run(&["--pm2", shim.as_str()], &[("PATH", "/nowhere")]);
    assert!(said.contains(same), "{said}");
    let said = run(&[], &[("PATH", "/nowhere"), ("PROMETHEAN_PM2", shim.as_str())]);
    assert!(said.contains(same), "{said}");
    let said = run(&["--pm2", "a.json"], &[("PATH", programs.as_str())]);
    let reason = "a.json does not belong to the npm package `pm2`\n  help: give the path";
    assert!(said.contains("not compared: --pm2: ") && said.contains(reason), "{said}");
}

#[test]
fn a_person_is_asked_before_a_file_is_run() {
    let (_guard, folder) = directory();
    fs::write(folder.join("a.config.js"), "module.exports = {script: 'a.js'};").unwrap();
    let answered = |answer: &str| {
        let output = Command::new("python3")
            .arg(repository().join("tests/it/operations/answering.py"))
            .args([answer, PROGRAM, "import", "a.config.js"])
            .env("TERM", "xterm")
            .current_dir(&folder)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for answer in ["y", "YES"] {
        let said = answered(answer);
        assert!(said.contains("Run it? [y/N]") && said.ends_with("exit code 0"), "{said}");
    }
    for answer in ["", "yep", "n"] {
        let said = answered(answer);
        assert!(said.contains("--trust") && said.ends_with("exit code 1"), "{said}");
    }
}

#[test]
fn a_person_sees_that_a_long_file_is_being_read() {
    let (_guard, folder) = directory();
    let wait = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);";
    let text = format!("{wait} module.exports = {{script: 'a.js'}};");
    fs::write(folder.join("long.config.js"), text).unwrap();
    let output = Command::new("python3")
        .arg(repository().join("tests/it/operations/answering.py"))
        .args(["y", PROGRAM, "import", "long.config.js"])
        .env("TERM", "xterm")
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let (_, after) = said.split_once("Run it? [y/N]").unwrap();
    let (progress, source) = after.split_once("use promethean").unwrap();
    assert!(progress.contains("reads ") && progress.contains("long.config.js"), "{said:?}");
    assert!(!source.contains("reads /"), "{said:?}");
}

#[test]
fn strict_fails_on_a_difference_alone() {
    let run = |case: &str| {
        let case = cases().into_iter().find(|other| other.name == case).unwrap();
        let output = program(&case.file)
            .arg("import")
            .arg(case.file.file_name().unwrap())
            .args(["--trust", "--strict"])
            .output()
            .unwrap();
        output.status.code()
    };
    assert_eq!(run("monorepo"), Some(0));
    assert_eq!(run("seed"), Some(0), "what is better than before is no difference");
    assert_eq!(run("watch_options"), Some(1));
}

/// No value of today comes out, however it is read.
#[test]
fn values_of_the_environment_come_out_as_reads() {
    let (_guard, folder) = directory();
    fs::write(folder.join("my.settings"), "FROM_FILE=value-of-today\n").unwrap();
    fs::write(folder.join(".env"), "BY_HAND=value-of-today\n").unwrap();
    let text = r#"
        require("dotenv").config({ path: __dirname + "/my.settings" });
        const lines = require("fs").readFileSync(__dirname + "/.env", "utf8").split("\n");
        const byHand = Object.fromEntries(lines.filter(Boolean).map((line) => line.split("=")));
        console.log("noise", process.env.TODAY);
        const { TODAY, ...rest } = process.env;
        module.exports = { apps: [{ script: "a.js", args: ["--x", process.env.TODAY], env: {
            TODAY, OTHER: `<${process.env.TODAY}>`, FROM_FILE: process.env.FROM_FILE, ...byHand,
            UPPER: "TODAY" in process.env ? process.env["TODAY"].toString() : "absent",
            KEY: process.env.DOTENV_KEY, LOUD: process.env.DEBUG ? "loud" : "quiet",
        } }] };
    "#;
    let file = folder.join("ecosystem.config.js");
    fs::write(&file, text).unwrap();
    let output = program(file.as_std_path())
        .args(["import", "ecosystem.config.js", "--trust"])
        .env("TODAY", "value-of-today")
        .env("DOTENV_KEY", "value-of-today")
        .env("DEBUG", "value-of-today")
        .output()
        .unwrap();
    let (source, said) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(
        !source.contains("value-of-today") && !said.contains("value-of-today"),
        "{source}{said}"
    );
    for line in [
        "TODAY = inherit or unset;",
        r#"OTHER = "<{inherit TODAY}>";"#,
        "FROM_FILE = secret or unset;",
        "BY_HAND = secret or unset;",
        r#"UPPER = inherit "TODAY" or "absent";"#,
        r#"KEY = secret "DOTENV_KEY" or unset;"#,
        "// The original computes it from",
        r#"LOUD = "quiet";"#,
    ] {
        assert!(source.contains(line), "{line}\n{source}");
    }
}

/// What is asked of this machine is today's, and says so; the number of processors is a word of PM2's.
#[test]
fn facts_of_the_machine_are_told() {
    let (_guard, folder) = directory();
    let text = r#"
        const os = require("os");
        const branch = require("child_process").execSync("echo main").toString().trim();
        module.exports = { apps: [{ script: "a.js", name: "web", instances: os.cpus().length, env: {
            HOST: os.hostname(), CACHE: `${os.homedir()}/.cache`, WORKERS: os.cpus().length, BRANCH: branch,
        } }] };
    "#;
    let file = folder.join("ecosystem.config.js");
    fs::write(&file, text).unwrap();
    let output = program(file.as_std_path()).args(["import", file.as_str(), "--trust"]).output();
    let output = output.unwrap();
    let (source, said) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for line in [
        "instances max;",
        "// The original asks `os.hostname()`; this is the value of this machine.",
        "CACHE = \"{inherit HOME}/.cache\";",
    ] {
        assert!(source.contains(line), "{line}\n{source}{said}");
    }
    assert!(!source.contains("/home/somebody"), "{source}");
    assert!(said.contains("different: env.HOST of web: "), "{said}");
    assert!(said.contains("different: env.WORKERS of web: here it is "), "{said}");
    assert!(said.contains("note: the file runs `echo main`"), "{said}");
    let open = "; not proven: what web starts (`a.js` is not here) and what `echo main` prints\n";
    assert!(said.ends_with(open), "{said}");
}

/// Relative paths are meant where the program is run, or where `--root` says.
#[test]
fn paths_are_meant_where_pm2_is_started() {
    let (_guard, folder) = directory();
    let folder = folder.canonicalize_utf8().unwrap();
    fs::create_dir_all(folder.join("infra")).unwrap();
    fs::create_dir_all(folder.join("apps/api")).unwrap();
    fs::write(folder.join("apps/api/index.js"), "").unwrap();
    let file = folder.join("infra/ecosystem.config.js");
    let text = "module.exports = { apps: [{ name: 'api', cwd: 'apps/api', script: 'index.js' }] };";
    fs::write(&file, text).unwrap();
    let run = |here: &Utf8Path, arguments: &[&str]| {
        let mut command = program(here.join("x").as_std_path());
        let output = command.args(["import", file.as_str(), "--trust"]).args(arguments).output();
        let output = output.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (source, said) = run(&folder, &[]);
    assert!(!source.contains("unchecked") && !source.contains("root "), "{source}");
    assert!(said.contains(&format!("relative paths are meant in {folder}, ")), "{said}");
    let (source, said) = run(&folder.join("infra"), &["--root", folder.as_str()]);
    assert!(!source.contains("unchecked"), "{source}");
    assert!(said.contains("PM2 reads the same in 1 app"), "{said}");
    let (source, _) = run(&folder.join("infra"), &[]);
    assert!(source.contains("`apps/api` does not exist here, so paths are unchecked."), "{source}");
}

/// What the processes of a configuration see under the real PM2, by the names of the apps.
fn started(pm2: &Pm2, folder: &Utf8Path, file: &str, apps: usize) -> BTreeMap<String, Value> {
    let output = pm2.command(&["start", file]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let seen = folder.join("seen");
    let written = || -> BTreeMap<String, Value> {
        let files = fs::read_dir(&seen).into_iter().flatten().map(|file| file.unwrap().path());
        let read =
            files.filter_map(|file| serde_json::from_str(&fs::read_to_string(&file).ok()?).ok());
        read.map(|app: Value| (app["name"].as_str().unwrap().to_owned(), app)).collect()
    };
    eventually("every process has written what it sees", || written().len() == apps);
    let all = written();
    pm2.run(&["delete", "all"]);
    fs::remove_dir_all(&seen).unwrap();
    all
}

/// What the comparison says of programs is what the real PM2 starts: of the original, and of the result.
#[test]
fn the_same_programs_are_started_by_the_real_pm2() {
    let (_guard, folder) = directory();
    let folder = folder.canonicalize_utf8().unwrap();
    let show = r#"
        const fs = require("fs");
        const path = require("path");
        const { name, PORT, API, MODE } = process.env;
        const folder = path.join(__dirname, "seen");
        fs.mkdirSync(folder, { recursive: true });
        const seen = { name, PORT, API, MODE, cwd: process.cwd(), args: process.argv.slice(2), options: process.execArgv };
        fs.writeFileSync(path.join(folder, `${name}.part`), JSON.stringify(seen));
        fs.renameSync(path.join(folder, `${name}.part`), path.join(folder, `${name}.json`));
        setInterval(() => {}, 1000);
    "#;
    fs::create_dir_all(folder.join("services/web")).unwrap();
    fs::write(folder.join("show.js"), show).unwrap();
    fs::write(folder.join("services/web/index.js"), "require('../../show.js');").unwrap();
    write_program(
        folder.join("show.sh"),
        "#!/bin/sh\nexec node \"$(dirname \"$0\")/show.js\" \"$@\"\n",
    );
    let package = r#"{"scripts": {"start": "node show.js"}}"#;
    fs::write(folder.join("package.json"), package).unwrap();
    let text = r#"
        module.exports = { apps: [
            { name: "web", cwd: "services/web", script: "index.js", args: "--x 'a b'", node_args: "--no-warnings", env: { PORT: 41001 } },
            { name: "line", script: "node ./show.js --line", env: { API: "http://127.0.0.1:41001/v1" } },
            { name: "node", script: "node", args: ["./show", "one", "two words"], env: { MODE: 1 } },
            { name: "env", script: "node", interpreter: "/usr/bin/env", args: "show.js --env" },
            { name: "shell", script: "./show.sh", args: "--shell", port: 41002 },
            { name: "npm", script: "npm", args: "start -- --npm", env: { API: process.env.NOBODY_SETS_IT || "http://127.0.0.1:41002" } },
            { name: "npm-line", script: "npm run start" },
        ] };
    "#;
    fs::write(folder.join("ecosystem.config.js"), text).unwrap();
    let options =
        Options { package: Some(folder.clone()), root: Some(folder.clone()), ..options() };
    let imported = import(&folder.join("ecosystem.config.js"), &options).unwrap();
    let Verification::Compared { differences, starts, not_started, .. } = &imported.verification
    else {
        panic!("PM2 is there")
    };
    assert_eq!((differences.len(), *starts), (0, 7), "{differences:?} {not_started:?}");
    assert!(imported.source.contains("url web \"/v1\""), "{}", imported.source);
    let emitted = resolved(imported.declaration, folder.as_std_path());
    fs::write(folder.join("imported.config.json"), emitted.to_string()).unwrap();
    let pm2 = Pm2::new();
    let original = started(&pm2, &folder, "ecosystem.config.js", 7);
    assert_eq!(original["web"]["PORT"], json!("41001"));
    assert_eq!(original["shell"]["PORT"], json!("41002"));
    let mut result = started(&pm2, &folder, "imported.config.json", 7);
    // A variable that is inherited is in no file.
    result.get_mut("npm").unwrap()["API"] = original["npm"]["API"].clone();
    assert_eq!(original, result);
}

/// `promethean new` in a folder, depending on this repository.
fn make(folder: &Utf8Path, arguments: &[&str]) -> Output {
    let mut command = program(folder.join("x").as_std_path());
    command.args(["new", "--path"]).arg(repository()).args(arguments);
    command.output().unwrap()
}

/// The commands that it says are next.
fn next(output: &Output) -> Vec<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = said.lines().skip_while(|line| *line != "  next:").skip(1);
    lines.map_while(|line| line.strip_prefix("    ")).map(str::to_owned).collect()
}

/// A command of a person who has PM2 on PATH, in a shell; what it prints.
fn shell(nested: &Nested, folder: &Utf8Path, line: &str, pm2: &Pm2) -> String {
    let path = std::env::var_os("PATH").unwrap();
    let paths = [modules().join(".bin")].into_iter().chain(std::env::split_paths(&path));
    let output = nested
        .prepare(Command::new("sh").args(["-c", line]))
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("PM2_HOME", pm2.home())
        .env_remove("PROMETHEAN_PM2")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{line}\n{printed}{said}");
    printed.into_owned()
}

/// Follows what `promethean new` says is next, to the end; `said` is what the service prints.
fn follow(
    nested: &Nested,
    folder: &Utf8Path,
    package: &str,
    output: &Output,
    service: &str,
    said: &str,
) {
    let commands = next(output);
    let (into, commands) = commands.split_first().unwrap();
    let readme = fs::read_to_string(folder.join(package).join("README.md")).unwrap();
    fs::copy(repository().join("Cargo.lock"), folder.join(package).join("Cargo.lock")).unwrap();
    let pm2 = Pm2::new();
    let mut came_up = false;
    for command in commands {
        assert!(readme.contains(&format!("$ {command}\n")), "{command}\n{readme}");
        let line = format!("{into} && {command}");
        if command.ends_with(" run") {
            in_foreground(nested, folder, &line, &[said]);
            continue;
        }
        let run = || shell(nested, folder, &line, &pm2);
        if command.ends_with(" logs") {
            eventually(said, || run().contains(said));
            continue;
        }
        let printed = run();
        if command.ends_with(" graph") {
            assert!(printed.contains(service), "{printed}");
        }
        if command.ends_with(" up") {
            let app = pm2.app(service);
            assert_eq!(app["pm2_env"]["status"], "online");
            assert_eq!(app["pm2_env"]["restart_time"], 0);
            came_up = true;
        }
    }
    assert!(came_up, "{commands:?}");
    assert_eq!(pm2.apps(), [Value::Null; 0], "the last command takes it down");
}

#[test]
fn a_new_crate_comes_up_by_what_is_said_to_be_next() {
    // Before the crate is written: to Cargo, crates of one name are one, and the younger file counts.
    let nested = Nested::begin();
    let (_guard, folder) = directory();
    let output = make(&folder, &["my system!"]);
    follow(&nested, &folder, "my system!", &output, "hello", "hello from hello");
    let main = fs::read_to_string(folder.join("my system!/src/main.rs")).unwrap();
    assert!(main.contains("\n    name my-system;\n"), "{main}");
    let package = folder.join("my system!");
    assert!(fs::read_to_string(package.join(".gitignore")).unwrap().contains("/target"));
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("[profile.dev]\ndebug = \"line-tables-only\"\n"), "{manifest}");
    let dependencies = "[profile.dev.package.\"*\"]\ndebug = false\nincremental = false\n";
    assert!(manifest.contains(dependencies), "{manifest}");
}

#[test]
fn a_new_crate_of_a_configuration_comes_up_by_what_is_said_to_be_next() {
    // Before the crate is written: to Cargo, crates of one name are one, and the younger file counts.
    let nested = Nested::begin();
    let (_guard, folder) = directory();
    fs::create_dir(folder.join("services")).unwrap();
    let service = "console.log('a is', process.env.A); setInterval(() => {}, 1_000);";
    fs::write(folder.join("services/web.js"), service).unwrap();
    fs::write(folder.join("ecosystem.config.js"), "module.exports = {apps: [{name: 'web', script: 'web.js', cwd: __dirname + '/services', env: {A: '1'}}]};").unwrap();
    let arguments = ["my-system", "--import", "ecosystem.config.js", "--trust"];
    let output = make(&folder, &arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("PM2 reads the same in 1 app"), "{said}");
    follow(&nested, &folder, "my-system", &output, "web", "a is 1");
    // Nothing that is there is written over.
    let main = fs::read_to_string(folder.join("my-system/src/main.rs")).unwrap();
    assert!(main.contains("\n    name my-system;\n"), "{main}");
    let output = make(&folder, &["my-system"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("already exists"));
    assert_eq!(fs::read_to_string(folder.join("my-system/src/main.rs")).unwrap(), main);
}

#[test]
fn every_directory_gets_a_crate_that_cargo_takes() {
    let (_guard, folder) = directory();
    let pm2 = Pm2::new();
    for (index, name) in [
        "my system!",
        "2fast",
        "fn",
        "test",
        "größe",
        "日本",
        "it's \"quoted\"",
        "$HOME",
        "sub/folder",
        "slash/",
        ".",
        "./",
        "..",
        "../beside",
        "-dash",
        "promethean",
        "a\\b",
    ]
    .into_iter()
    .enumerate()
    {
        let here = folder.join(index.to_string()).join("here");
        fs::create_dir_all(&here).unwrap();
        fs::write(here.join("README.md"), "mine").unwrap();
        let commands = next(&make(&here, &["--", name]));
        let into: Vec<&str> = commands
            .iter()
            .take_while(|command| command.starts_with("cd "))
            .map(String::as_str)
            .chain(["cargo metadata --no-deps --offline --format-version 1"])
            .collect();
        let metadata = shell(&Nested::begin(), &here, &into.join(" && "), &pm2);
        let metadata: Value = serde_json::from_str(&metadata).unwrap();
        let manifest = metadata["packages"][0]["manifest_path"].as_str().unwrap();
        let expected = here.join(name).canonicalize_utf8().unwrap().join("Cargo.toml");
        assert_eq!(manifest, expected.as_str(), "{name}");
        assert_eq!(fs::read_to_string(here.join("README.md")).unwrap(), "mine", "{name}");
    }
}

#[test]
fn a_new_crate_depends_on_what_is_there() {
    let (_guard, folder) = directory();
    let new = |arguments: &[&str]| {
        let output = program(folder.join("x").as_std_path()).arg("new").args(arguments).output();
        let output = output.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    // The clone that the program was built from.
    let (success, said) = new(&["a"]);
    assert!(success && said.contains("Promethean is not on crates.io yet"), "{said}");
    let manifest = fs::read_to_string(folder.join("a/Cargo.toml")).unwrap();
    assert!(manifest.contains(&format!("path = {:?}", repository())), "{manifest}");
    // What is no clone makes nothing.
    for path in ["a", "nowhere"] {
        let (success, said) = new(&["b", "--path", path]);
        assert!(!success && said.contains("is not a clone of Promethean"), "{said}");
        assert!(!folder.join("b").exists());
    }
}

const VARIABLES: [&str; 5] = ["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO"];

/// An expression over variables of the environment, as configurations have them.
fn expression() -> impl Strategy<Value = String> {
    let read = || {
        prop::sample::select(VARIABLES.as_slice()).prop_map(|name| format!("process.env.{name}"))
    };
    let default =
        || prop::sample::select(vec!["\"d\"", "3000", "\"20001\"", "\"http://h:1\"", "\"\""]);
    let number = || prop::sample::select(vec![1, 2, 3000, 65_535]);
    prop_oneof![
        read(),
        default().prop_map(str::to_owned),
        (read(), default()).prop_map(|(read, or)| format!("{read} || {or}")),
        (read(), default()).prop_map(|(read, or)| format!("{read} ?? {or}")),
        (read(), read(), default()).prop_map(|(a, b, or)| format!("{a} || {b} || {or}")),
        (read(), read()).prop_map(|(a, b)| format!("{a} || {b}")),
        (read(), read()).prop_map(|(a, b)| format!("{a} && {b}")),
        (read(), read(), default()).prop_map(|(a, b, or)| format!("{a} ? {b} : {or}")),
        (read(), read(), read())
            .prop_map(|(a, b, c)| format!("{a} === \"production\" ? {b} : {c}")),
        (read(), default()).prop_map(|(a, or)| format!("{a} === \"fast\" ? 1 : {or}")),
        (read(), default()).prop_map(|(a, or)| format!("\"x\" !== {a} ? {or} : {a}")),
        read().prop_map(|read| format!("{read} === \"true\"")),
        (read(), number()).prop_map(|(read, or)| format!("Number({read} || {or})")),
        (read(), number()).prop_map(|(read, or)| format!("Number({read}) || {or}")),
        (read(), number()).prop_map(|(read, or)| format!("parseInt({read}, 10) || {or}")),
        (read(), number(), number())
            .prop_map(|(read, or, more)| format!("Number({read} || {or}) + {more}")),
        (read(), number(), number())
            .prop_map(|(read, or, most)| format!("Math.min(Number({read} || {or}), {most})")),
        (read(), read()).prop_map(|(a, b)| format!("Number({a} || 1) + Number({b} || 2)")),
        (read(), number()).prop_map(|(read, or)| format!("{read} + {or}")),
        (read(), read()).prop_map(|(a, b)| format!("{a} + {b}")),
        (read(), read()).prop_map(|(a, b)| format!("`http://${{{a}}}:${{{b}}}/x`")),
        (read(), default()).prop_map(|(a, or)| format!("`<${{{a} || {or}}}>`")),
        (read(), prop::sample::select(vec![",", ":", " ", "-", "."]))
            .prop_map(|(read, at)| format!("({read} || \"a,b:c\").split({at:?})[0]")),
        (
            read(),
            prop::sample::select(vec![
                "toUpperCase()",
                "toLowerCase()",
                "trim()",
                "slice(0, 4)",
                "replace(/a/g, \"b\")",
                "length",
                "split(\",\").join(\";\")",
                "repeat(2)",
                "at(0)",
            ])
        )
            .prop_map(|(read, method)| format!("{read}?.{method}")),
        read().prop_map(|read| format!("encodeURIComponent({read} || \"\")")),
        read().prop_map(|read| format!("JSON.stringify({read})")),
        (read(), default()).prop_map(|(read, or)| format!("`a${{`b${{{read} ?? {or}}}`}}c`")),
        (read(), read(), default())
            .prop_map(|(a, b, or)| format!("`${{`${{{a} || {or}}}:${{{b}}}`}}/x`")),
        (read(), read(), default()).prop_map(|(a, b, or)| format!("{a} ?? {b} ?? {or}")),
        (read(), read()).prop_map(|(a, b)| format!("[{a}, {b}].filter(Boolean).join(\",\")")),
        read().prop_map(|read| format!("{read} ? `http://${{{read}}}` : undefined")),
    ]
}

/// Attributes outside of `env` with variables in them, as configurations have them.
const POSITIONS: [(&str, &[&str]); 19] = [
    (
        "name",
        &[
            "`svc-${A || \"x\"}`",
            "\"svc-\" + (A ?? \"x\")",
            "`svc-${`${A || \"a\"}-${B || \"b\"}`}`",
        ],
    ),
    ("script", &["`./${A || \"a\"}.js`", "A ? \"./b.js\" : \"./a.js\"", "A ?? \"./a.js\""]),
    (
        "cwd",
        &[
            "`./services/${A || \"web\"}`",
            "A || \"./services/web\"",
            "B === \"production\" ? \"/srv/web\" : \".\"",
        ],
    ),
    (
        "interpreter",
        &["A || \"node\"", "A === \"production\" ? \"bun\" : \"node\"", "A ?? undefined"],
    ),
    (
        "node_args",
        &[
            "`--max-old-space-size=${A || 512}`",
            "[\"--no-warnings\", A || \"--inspect\"]",
            "A === \"fast\" ? [] : [\"--inspect\"]",
        ],
    ),
    (
        "args",
        &["`--port ${A || 3000} --x`", "[\"--x\", `${B}:${A ?? 1}`]", "A ? [\"--a\"] : []", "A"],
    ),
    (
        "instances",
        &[
            "Number(A || 2)",
            "A === \"production\" ? 4 : 1",
            "A || 2",
            "parseInt(A, 10) || 1",
            "A ? \"max\" : 1",
        ],
    ),
    ("exec_mode", &["A === \"production\" ? \"cluster\" : \"fork\"", "A ? \"cluster\" : \"fork\""]),
    ("max_memory_restart", &["`${A || 300}M`", "A ?? \"300M\"", "B ? \"1G\" : \"300M\""]),
    ("max_restarts", &["Number(A ?? 5)", "A === \"fast\" ? 1 : 10", "A || 3"]),
    ("restart_delay", &["Number(A || 1000)", "B ? 100 : 2000", "Number(A || 1) + Number(B || 2)"]),
    ("kill_timeout", &["A ? 5000 : undefined", "Math.min(Number(A || 3000), 9000)"]),
    ("watch", &["A !== \"production\"", "!!A", "A ? [\"src\"] : false", "[A || \"src\"]"]),
    ("ignore_watch", &["[\"logs\", A || \"tmp\"]", "`logs ${A || \"tmp\"}`"]),
    ("autorestart", &["A !== \"true\"", "!A", "Boolean(A) && Boolean(B)"]),
    (
        "cron_restart",
        &["A ? \"0 4 * * *\" : undefined", "A === \"x\" ? \"0 4 * * *\" : \"0 5 * * *\""],
    ),
    (
        "out_file",
        &["`./logs/${A || \"out\"}.log`", "A || \"/dev/null\"", "A && `/var/log/${A}.log`"],
    ),
    (
        "error_file",
        &[
            "`/var/log/${A ?? \"web\"}/${`${B || \"err\"}`}.log`",
            "A === \"production\" ? \"/var/log/e.log\" : \"e.log\"",
        ],
    ),
    ("namespace", &["A || \"shop\"", "`shop-${A ?? \"dev\"}`"]),
];

/// Some of them, with the variables that they read.
fn positions() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let one = (0..POSITIONS.len(), any::<prop::sample::Index>());
    let names = prop::sample::subsequence(VARIABLES.to_vec(), 2);
    prop::collection::vec((one, names), 2..7).prop_map(|chosen| {
        let mut positions: Vec<(&'static str, String)> = Vec::new();
        for ((row, index), names) in chosen {
            let (key, expressions) = POSITIONS[row];
            if positions.iter().all(|(known, _)| *known != key) {
                let read = |letter: char| match letter {
                    'A' => Some(format!("process.env.{}", names[0])),
                    'B' => Some(format!("process.env.{}", names[1])),
                    _ => None,
                };
                positions
                    .push((key, with_reads(expressions[index.index(expressions.len())], read)));
            }
        }
        positions
    })
}

/// An expression with reads in the place of the letters that stand alone.
fn with_reads(expression: &str, read: impl Fn(char) -> Option<String>) -> String {
    let letters: Vec<char> = expression.chars().collect();
    let is_name = |at: Option<&char>| at.is_some_and(|letter| letter.is_alphanumeric());
    let is_alone = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        !is_name(before) && !is_name(letters.get(at + 1))
    };
    let pieces = letters.iter().enumerate().map(|(at, letter)| match read(*letter) {
        Some(read) if is_alone(at) => read,
        _ => letter.to_string(),
    });
    pieces.collect()
}

/// Environments that nobody has imported with, some of it not set.
fn environments() -> impl Strategy<Value = Vec<BTreeMap<&'static str, String>>> {
    let value = prop_oneof![
        3 => "[a-zA-Z][a-zA-Z ,:.;-]{0,11}",
        3 => (1_u32..99_999).prop_map(|number| number.to_string()),
        2 => prop::sample::select(vec!["production", "fast", "true", "x", "d"]).prop_map(str::to_owned),
        1 => Just(String::new()),
    ];
    let variable = (prop::sample::select(VARIABLES.as_slice()), value);
    prop::collection::vec(prop::collection::btree_map(variable.0, variable.1, 0..=5), 12)
}

/// What Node makes of each expression in each environment: its type and its text.
fn evaluated(
    folder: &Utf8Path,
    expressions: &[String],
    environments: &[BTreeMap<&str, String>],
) -> Vec<Vec<Option<(String, String)>>> {
    let list = expressions.join(",\n  ");
    let script = format!(
        "const all = (process) => [\n  {list}\n];\nconst text = (value) => value === undefined ? null : \
         [typeof value, typeof value === \"object\" ? JSON.stringify(value) : String(value)];\nconsole.log(JSON.stringify({}.map((env) => all({{ env }}).map(text))));\n",
        json!(environments)
    );
    let file = folder.join("evaluate.cjs");
    fs::write(&file, script).unwrap();
    let output = Command::new("node").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The value of a source in an environment, if it is there.
fn value_of(SourceText(pieces): &SourceText, given: &BTreeMap<&str, String>) -> Option<String> {
    let pieces = pieces.iter().map(|piece| match piece {
        SourcePiece::Literal(text) => Some(text.to_string()),
        SourcePiece::Secret(name) | SourcePiece::Inherited(name) => {
            given.get(name.as_str()).cloned()
        }
    });
    pieces.collect()
}

/// What is written as a read of the environment is what Node makes of it in any environment; what is
/// not says so.
#[test]
fn what_is_traced_is_what_node_evaluates() {
    let (_guard, folder) = directory();
    let file = folder.join("ecosystem.config.js");
    // Each step of shrinking is an import of its own.
    let config = ProptestConfig { max_shrink_iters: 10, ..random::cases(8) };
    let mut runner = TestRunner::new(config);
    let expressions = prop::collection::vec(expression(), 10);
    runner
        .run(&(expressions, environments()), |(expressions, environments)| {
            let env: Vec<String> = expressions
                .iter()
                .enumerate()
                .map(|(index, expression)| format!("V{index}: {expression}"))
                .collect();
            let text = format!(
                "module.exports = {{ apps: [{{ name: \"web\", script: \"a.js\", args: [\"--x\", {}], \
                 log_date_format: {}, env: {{\n{}\n}} }}] }};\n",
                expressions[0],
                expressions[1],
                env.join(",\n")
            );
            fs::write(&file, text).unwrap();
            let imported = import(&file, &options());
            let imported = imported.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let Verification::Compared { differences, .. } = &imported.verification else {
                return Err(TestCaseError::fail("PM2 is there"));
            };
            // What differs, and why.
            let told = |key: &str, what: &str| {
                differences.iter().any(|difference| {
                    difference.key == format!("env.{key}")
                        && difference.reason.as_ref().is_some_and(|reason| reason.contains(what))
                })
            };
            let source = &imported.source;
            let declaration = imported.declaration.clone();
            let ecosystem = Ecosystem::from_declaration(declaration, folder.to_string(), &[]);
            let system = ecosystem.resolve(&Resolution::default()).unwrap();
            let written = &system.apps[0].env;
            let all = evaluated(&folder, &expressions, &environments);
            // Outside of `env` there are only constants: what changes must be told.
            let app = resolved(imported.declaration.clone(), folder.as_std_path())["apps"][0].clone();
            for (key, index, imported) in
                [("args", 0, &app["args"][1]), ("log_date_format", 1, &app["log_date_format"])]
            {
                let imported = imported.as_str();
                let differs = all.iter().any(|values| {
                    let value = values[index].as_ref().map(|(_, text)| text.as_str());
                    // PM2 takes an empty text for nothing, but an argument can be empty.
                    value.filter(|text| key == "args" || !text.is_empty()) != imported
                });
                let is_told = differences.iter().any(|difference| difference.key == key);
                prop_assert!(is_told || !differs, "{key}: {}\n{source}", expressions[index]);
            }
            for (given, actual) in environments.iter().zip(all) {
                for (index, (expression, actual)) in expressions.iter().zip(actual).enumerate() {
                    let key = format!("V{index}");
                    if told(&key, "the original computes it from ") {
                        continue;
                    }
                    let other_fallback =
                        told(&key, "another fallback") || told(&key, "falls back to");
                    let variable = written.iter().find(|(name, _)| **name == *key);
                    let expected = match variable.map(|(_, variable)| variable) {
                        None => None,
                        Some(Variable::Plain(text)) => Some(text.to_string()),
                        Some(Variable::Read(sources)) => {
                            let source = |text: &SourceText| value_of(text, given);
                            let first = sources.in_order.first().and_then(source);
                            match sources.in_order.iter().find_map(source) {
                                _ if first.is_none() && other_fallback => continue,
                                Some(text) => Some(text),
                                None if sources.or_unset => None,
                                // Nothing starts without it, and that is told of what is no secret.
                                None => {
                                    let is_told = told(&key, "it must be set here");
                                    let is_secret =
                                        variable.is_some_and(|(_, all)| all.reads_secrets());
                                    prop_assert!(is_told || is_secret, "{}", expression);
                                    continue;
                                }
                            }
                        }
                    };
                    // A number is read from what is one.
                    let is_number = |text: &String| text.parse::<f64>().is_ok();
                    if actual.as_ref().is_some_and(|(kind, _)| kind == "number")
                        && variable.is_some_and(|(_, variable)| variable.reads_inherited())
                        && expected.as_ref().is_some_and(|text| !is_number(text))
                    {
                        continue;
                    }
                    let actual = actual.map(|(_, text)| text);
                    // What is before `||` is told.
                    let has_empty = given.values().any(String::is_empty);
                    let mut notes = imported.notes.iter();
                    if has_empty && notes.any(|note| note.contains("set to an empty text")) {
                        continue;
                    }
                    prop_assert_eq!(
                        expected, actual, "{} with {:?}\n{}", expression, given, source
                    );
                }
            }
            Ok(())
        })
        .unwrap();
}

/// What is another in some environment, wherever it is, is told: of the attributes there are only constants
/// here, and of the names of variables, too.
#[test]
fn what_the_environment_changes_outside_of_env_is_told() {
    let (_guard, folder) = directory();
    let file = folder.join("ecosystem.config.js");
    let config = ProptestConfig { max_shrink_iters: 10, ..random::cases(12) };
    let key = prop::sample::select(vec![
        "[process.env.ALPHA || \"KEY\"]: 1",
        "[`${process.env.BRAVO ?? \"A\"}_KEY`]: process.env.CHARLIE || \"x\"",
        "...(process.env.DELTA === \"true\" ? { EXTRA: \"1\" } : {})",
        "...(process.env.ECHO ? { KEY: process.env.ECHO } : { KEY: \"none\" })",
        "KEY: \"1\"",
    ]);
    TestRunner::new(config)
        .run(&(positions(), key, environments()), |(positions, key, mut environments)| {
            let own =
                |key: &str, default: &str| match positions.iter().any(|(known, _)| *known == key) {
                    true => String::new(),
                    false => format!("{key}: {default}, "),
                };
            let written: Vec<String> = positions
                .iter()
                .map(|(key, expression)| format!("  {key}: {expression},\n"))
                .collect();
            let text = format!(
                "module.exports = {{ apps: [{{ {}{}\n{}  env: {{ {key} }} }}] }};\n",
                own("name", "\"web\""),
                own("script", "\"a.js\""),
                written.concat(),
            );
            fs::write(&file, &text).unwrap();
            let imported = import(&file, &options());
            let imported =
                imported.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            let Verification::Compared { differences, .. } = &imported.verification else {
                return Err(TestCaseError::fail("PM2 is there"));
            };
            let is_told = |key: &str| {
                differences.iter().any(|difference| match key {
                    "env" => difference.key.starts_with("env"),
                    // The interpreter decides what runs the script, and both are one line.
                    "interpreter" => {
                        ["interpreter", "exec_interpreter"].contains(&difference.key.as_str())
                    }
                    key => difference.key == key,
                })
            };
            environments.push(BTreeMap::new());
            let mut expressions: Vec<String> =
                positions.iter().map(|(_, expression)| expression.clone()).collect();
            expressions.push(format!("({{ {key} }})"));
            let all = evaluated(&folder, &expressions, &environments);
            let (unset, all) = all.split_last().unwrap();
            let keys = positions.iter().map(|(key, _)| *key).chain(["env"]);
            for (index, key) in keys.enumerate() {
                // PM2 takes an empty text for nothing, but an argument can be empty.
                let value = |values: &[Option<(String, String)>]| {
                    let (_, text) = values[index].clone()?;
                    let text = match key {
                        "env" => names_of(&text),
                        _ => text,
                    };
                    Some(text).filter(|text| key == "args" || !text.is_empty())
                };
                let differs = all.iter().any(|values| value(values) != value(unset));
                prop_assert!(
                    is_told(key) || !differs,
                    "{key} is not told\n{text}\n{}{differences:?}",
                    imported.source
                );
            }
            Ok(())
        })
        .unwrap();
}

/// The keys of an object.
fn names_of(json: &str) -> String {
    let object: BTreeMap<String, Value> = serde_json::from_str(json).unwrap();
    object.into_keys().collect::<Vec<_>>().join(" ")
}

/// A value for an attribute as PM2 takes it.
fn attribute() -> impl Strategy<Value = (String, Value)> {
    let one = |name: &str, values: Vec<Value>| {
        let name = name.to_owned();
        prop::sample::select(values).prop_map(move |value| (name.clone(), value)).boxed()
    };
    prop_oneof![
        one("instances", vec![json!(1), json!(2), json!("max"), json!(0), json!("4"), json!(-1)]),
        one("autorestart", vec![json!(true), json!(false)]),
        one("mergeLogs", vec![json!(true), json!(false)]),
        one("vizion", vec![json!(true), json!(false)]),
        one("restart_delay", vec![json!(0), json!(10_000), json!("3000"), json!(1_500)]),
        one("kill_timeout", vec![json!(5_000), json!(7_200_000), json!(1)]),
        one("max_restarts", vec![json!(0), json!(5), json!("16")]),
        one("min_uptime", vec![json!("10s"), json!("1h"), json!(1_000), json!("5000")]),
        one(
            "max_memory_restart",
            vec![json!("300M"), json!("1G"), json!("1024"), json!(1_000_000), json!("12K")]
        ),
        one("watch", vec![json!(true), json!(false), json!("src"), json!(["src", "./lib"])]),
        one("ignore_watch", vec![json!("a b"), json!(["logs", "*.tmp"])]),
        one("out", vec![json!("./logs/out.log"), json!("/dev/null"), json!("NULL")]),
        one("error_file", vec![json!("err.log"), json!("~/err.log")]),
        one("log_date_format", vec![json!("YYYY-MM-DD HH:mm Z")]),
        one("cron", vec![json!("0 4 * * *"), json!("*/5 * * * *")]),
        one("port", vec![json!(3_000), json!("8080")]),
        one("stop_exit_codes", vec![json!(0), json!([0, 143])]),
        one("exp_backoff_restart_delay", vec![json!(100)]),
        one("time", vec![json!(true), json!(false)]),
        one("treekill", vec![json!(false)]),
        one("filter_env", vec![json!("AWS"), json!(["A", "B"]), json!(true)]),
        one("watch_options", vec![json!({"usePolling": true, "interval": 100, "cwd": "x {y}"})]),
    ]
}

fn program_of() -> impl Strategy<Value = Value> {
    let args = prop_oneof![
        prop::collection::vec(random::text(), 0..3).prop_map(|args| json!(args)),
        prop::sample::select(vec![json!("--a 'b c' --d=\"e f\""), json!("start")]),
        random::text().prop_map(|text| json!(text)),
        "[ab ='\"]{0,12}".prop_map(|text| json!(text)),
    ];
    (
        prop::sample::select(vec![
            json!({"script": "."}),
            json!({"script": "./dist/main.js"}),
            json!({"script": "index.js", "interpreter": "node", "node_args": "--inspect -r x"}),
            json!({"exec": "server.ts", "interpreter": "bun"}),
            json!({"script": "main.py"}),
            json!({"script": "main.py", "interpreter": "python3"}),
            json!({"script": "python3", "args_before": ["-m", "jobs"], "interpreter": "none"}),
            json!({"script": "pipenv", "args_before": ["run", "python", "-m", "bot"], "interpreter": "none"}),
            json!({"script": "npm", "args_before": ["run", "dev", "--"], "interpreter": "none"}),
            json!({"script": "./run.sh"}),
            json!({"script": "docker", "interpreter": "none"}),
        ]),
        args,
    )
        .prop_map(|(mut program, args)| {
            let before = program.as_object_mut().unwrap().remove("args_before");
            let mut line: Vec<Value> = before.and_then(|before| before.as_array().cloned()).unwrap_or_default();
            match args {
                Value::Array(args) => line.extend(args.into_iter().filter(|arg| *arg != json!(""))),
                text if line.is_empty() => {
                    program["args"] = text;
                    return program;
                }
                _ => {}
            }
            // npm has no `--` before nothing.
            if line.last() == Some(&json!("--")) && program["script"] == "npm" {
                line.pop();
            }
            program["args"] = json!(line);
            program
        })
}

fn environment() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        3 => random::text().prop_map(|text| json!(text)),
        1 => any::<i32>().prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(|boolean| json!(boolean)),
        1 => prop::sample::select(vec![json!(null), json!([1, "a"]), json!({"a": {"b": 1.5}}), json!("name"), json!("app_0")]),
    ];
    let key = prop_oneof![
        "[A-Z]{1,3}_?[A-D]",
        prop::sample::select(vec!["my.key", "with space", "unset"]).prop_map(str::to_owned)
    ];
    prop::collection::btree_map(key, value, 0..5).prop_map(|env| json!(env))
}

/// A port of few, so that two apps may have it, and others name it.
fn port() -> impl Strategy<Value = Option<u16>> {
    prop::option::of(3_001_u16..3_006)
}

/// What configurations write of the ports of others, and of their own.
fn addresses() -> impl Strategy<Value = BTreeMap<String, String>> {
    let host = || prop::sample::select(vec!["localhost", "127.0.0.1", "0.0.0.0", "xlocalhost"]);
    let scheme = || prop::sample::select(vec!["http", "http", "ws", "redis", "HTTP"]);
    let address = move || {
        (
            scheme(),
            host(),
            3_001_u16..3_007,
            prop::sample::select(vec!["", "/v1", "?a=1", "0", "x{y}"]),
        )
            .prop_map(|(scheme, host, port, rest)| {
                (format!("{host}:{port}"), format!("{scheme}://{host}:{port}{rest}"))
            })
    };
    let text = prop_oneof![
        3 => address().prop_map(|(_, url)| url),
        1 => address().prop_map(|(address, _)| address),
        1 => (address(), address()).prop_map(|((_, one), (_, other))| format!("{one},{other}")),
        1 => address().prop_map(|(address, _)| format!("http://user:@{address}/x")),
    ];
    prop::collection::btree_map(
        prop::sample::select(vec!["UPSTREAM", "PUBLIC_URL", "CORS"]).prop_map(str::to_owned),
        text,
        0..3,
    )
}

/// Configurations that PM2 takes and the language has a place for.
fn configuration() -> impl Strategy<Value = Value> {
    let env = || {
        (environment(), port(), addresses()).prop_map(|(mut env, port, addresses)| {
            for (key, text) in addresses {
                env[key] = json!(text);
            }
            if let Some(port) = port {
                env["PORT"] = json!(port);
            }
            env
        })
    };
    let app = (
        program_of(),
        prop::collection::vec(attribute(), 0..6),
        env(),
        prop::option::of(env()),
        prop::option::of(prop::sample::select(vec![
            "services/a",
            "./services/b",
            "../elsewhere",
            "/srv/x",
        ])),
    );
    let shared = (prop::collection::vec(attribute(), 0..4), environment());
    (
        prop::collection::vec(app, 1..6),
        shared,
        prop::sample::select(vec!["app_", "app-", "duck_", "agents"]),
    )
        .prop_map(|(apps, (common, common_env), prefix)| {
            let apps = apps.into_iter().enumerate().map(
                |(index, (mut app, attributes, env, production, cwd))| {
                    for (key, value) in common.iter().cloned().chain(attributes) {
                        app[key] = value;
                    }
                    app["name"] = match prefix {
                        // Two agents of the same services.
                        "agents" => {
                            json!(format!("{}_part{}", ["duck", "owl"][index % 2], index / 2))
                        }
                        prefix => json!(format!("{prefix}{index}")),
                    };
                    if prefix == "duck_" && index < 3 {
                        app["namespace"] = json!("duck");
                    } else if index % 3 == 1 {
                        app["namespace"] = json!("shop");
                    }
                    let mut all = common_env.clone();
                    all.as_object_mut().unwrap().extend(env.as_object().unwrap().clone());
                    if prefix == "agents" {
                        all["WHOSE"] = json!(["Duck", "Owl"][index % 2]);
                    }
                    app["env"] = all;
                    if let Some(production) = production {
                        app["env_production"] = production;
                    }
                    if let Some(cwd) = cwd {
                        app["cwd"] = json!(cwd);
                    }
                    // PM2 takes one of the two and drops the other.
                    if app.get("exp_backoff_restart_delay").is_some() {
                        app.as_object_mut().unwrap().remove("restart_delay");
                    }
                    app
                },
            );
            json!({"apps": apps.collect::<Vec<_>>()})
        })
}

#[test]
fn random_configurations_mean_the_same() {
    const COMPILED: usize = 60;
    let (_guard, folder) = directory();
    let mut batch = Batch::new("imported-random");
    let file = folder.join("ecosystem.json");
    let expected = std::cell::RefCell::new(BTreeMap::new());
    let mut runner = TestRunner::new(random::cases(200));
    let count = std::cell::Cell::new(0);
    let batch_folder = Utf8PathBuf::from_path_buf(batch.folder.canonicalize().unwrap()).unwrap();
    let files = std::cell::RefCell::new(&mut batch);
    runner
        .run(&configuration(), |configuration| {
            fs::write(&file, serde_json::to_string_pretty(&configuration).unwrap()).unwrap();
            let options = Options { package: Some(batch_folder.clone()), ..options() };
            let imported = import(&file, &options);
            let imported = imported.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let Verification::Compared { differences, rejections, .. } = &imported.verification
            else {
                return Err(TestCaseError::fail("PM2 is there"));
            };
            prop_assert_eq!(rejections, &[""; 0]);
            let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
            prop_assert_eq!(differences, [""; 0], "{}", imported.source);
            let number = count.replace(count.get() + 1);
            if number < COMPILED {
                let module = format!("random_{number}");
                fs::write(files.borrow_mut().file(&module), &imported.source).unwrap();
                expected
                    .borrow_mut()
                    .insert(module, resolved(imported.declaration, batch_folder.as_std_path()));
            }
            Ok(())
        })
        .unwrap();
    let emitted = batch.emitted();
    assert_eq!(emitted.len(), count.get().min(COMPILED));
    assert_eq!(emitted, expected.into_inner());
}
