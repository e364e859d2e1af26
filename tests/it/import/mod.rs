//! `promethean import`: from PM2's configuration to an ecosystem that means the same.
//!
//! Each folder of `tests/import` is a configuration as people have them, beside it the ecosystem that
//! is made of it (`main.rs`) and what the program says (`said.txt`). `UPDATE=1` writes both anew.

pub mod configurations;
pub mod crates;
mod traced;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex};
use std::{iter, thread};

use camino::{Utf8Path, Utf8PathBuf};
use promethean::emit::{self, Config};
use promethean::{Ecosystem, Options as Resolution};
use promethean_cli::import::{Options, Verification, import};
use promethean_test_support::effort;
use promethean_test_support::files::{committed, directory, repository, write_program};
use promethean_test_support::nested::Nested;
use promethean_test_support::node::{modules, target_directory};
use promethean_test_support::pm2::{Pm2, eventually};
use serde_json::{Value, json};

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
                        "processes.yaml",
                        "stack.yml",
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

/// All imports, made once for the tests that read them: with `UPDATE=1` the committed files are being written at that
/// time. Two tests wait for them, so that two threads make them.
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

    /// Builds the crate with rustc and returns PM2's configuration of each ecosystem.
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

pub fn every_file_compiles() {
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
    fs::write(folder.join("a.json"), r#"{"script": "a.js", "args": "--token hunter2"}"#).unwrap();
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
    // What is known to be different is said all the same.
    assert!(said.contains("note: args of a: `--token` has a secret in plain text"), "{said}");
    let (code, _) = run(&["import", "a.json", "--strict"]);
    assert_eq!(code, Some(1), "nothing was proven");
}

/// Where `pm2` on PATH is a script that starts another `pm2`, that one is found, and the Node beside it.
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
