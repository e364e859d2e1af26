//! `include each`: a project in which each service has a file of its own, as `promethean new` makes it.

use std::fs;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use promethean::{Ecosystem, Options, ecosystem};
use promethean_test_support::files::{directory, repository};
use promethean_test_support::nested::Nested;

use crate::templates::in_foreground;

const PROGRAM: &str = env!("CARGO_BIN_EXE_promethean-under-test");

static VOICES: Ecosystem = ecosystem! {
    include each "fixtures/voices/*/ecosystem.rs";
};

#[test]
fn the_units_of_all_files_are_those_of_the_whole() {
    let system = VOICES.resolve(&Options::default()).unwrap();
    let names: Vec<&str> = system.apps.iter().map(|app| app.name.as_str()).collect();
    assert_eq!(names, ["stt", "tts"]);
}

/// A project on the disk.
struct Project<'n> {
    nested: &'n Nested,
    directory: Utf8PathBuf,
}

impl Project<'_> {
    /// A service's file with this between its braces.
    fn write(&self, service: &str, item: &str, inside: &str) {
        let folder = self.directory.join("services").join(service);
        fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "use promethean::{{Ecosystem, ecosystem}};\n\n{item}: Ecosystem = ecosystem! {{ {inside} }};\n"
        );
        fs::write(folder.join("ecosystem.rs"), text).unwrap();
    }

    fn remove(&self, service: &str) {
        fs::remove_dir_all(self.directory.join("services").join(service)).unwrap();
    }

    /// `promethean new`, in the project.
    fn new_service(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(PROGRAM);
        command.args(["new", "--service"]).args(arguments).current_dir(&self.directory);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// `cargo run`: what it prints, or else what the compiler says.
    fn run(&self) -> Result<String, String> {
        let mut command = Command::new("cargo");
        let command = command.args(["run", "-q", "--offline", "--", "graph", "--format", "tree"]);
        let output = self.nested.prepare(command).current_dir(&self.directory).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(text(&output.stderr)),
        }
    }

    /// The program as it was compiled last: what it says beside its result.
    fn again(&self) -> String {
        let mut command = Command::new(self.nested.target().join("debug/many-files"));
        let Output { status, stderr, .. } = command.arg("graph").output().unwrap();
        let said = String::from_utf8_lossy(&stderr).into_owned();
        assert!(status.success(), "{said}");
        said
    }
}

fn make(folder: &Utf8Path) -> Utf8PathBuf {
    let mut command = Command::new(PROGRAM);
    command.args(["new", "many-files", "--each", "--path"]).arg(repository()).current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let directory = folder.join("many-files");
    fs::copy(repository().join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
    directory
}

pub fn a_project_of_many_files_is_compiled_as_a_whole() {
    // Before the crate is written: to Cargo, crates of one name are one, and the younger file counts.
    let nested = Nested::begin();
    let (_guard, folder) = directory();
    let project = Project { nested: &nested, directory: make(&folder) };
    let main = fs::read_to_string(project.directory.join("src/main.rs")).unwrap();
    assert!(main.lines().count() <= 12, "{main}");
    assert_eq!(project.run().unwrap(), "many-files\n└── hello (node)\n");

    // A service that is added is there at the next run.
    let (success, said) = project.new_service(&["services/tts", "--kind", "python"]);
    assert!(success && said.contains("  next:\n    cargo run -- run tts\n"), "{said}");
    in_foreground(&nested, &project.directory, "cargo run -q -- run tts", &["hello from tts"]);
    let tree = project.run().unwrap();
    assert_eq!(tree, "many-files\n├── hello (node)\n└── tts (python)\n");
    let (success, said) = project.new_service(&["services/tts"]);
    assert!(!success && said.contains("services/tts/ecosystem.rs already exists"), "{said}");
    let (success, said) = project.new_service(&["services/py/stt"]);
    let next = "  next:\n    write `include each \"services/py/*/ecosystem.rs\";` in the ecosystem\n    cargo run -- run stt\n";
    assert!(success && said.contains(next), "{said}");
    project.remove("py");

    // It has only the default features, and the list of commands says what is missing.
    let program = nested.target().join("debug/many-files");
    let help = Command::new(program).arg("--help").output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    assert!(help.contains("(built without it: the feature `ui` of promethean)"), "{help}");

    // What was not compiled in is reported by the program itself.
    assert_eq!(project.again(), "");
    project.write("late", "pub static ECOSYSTEM", "script late { run \"sleep\", \"9\"; }");
    project.remove("tts");
    let said = project.again();
    assert!(
        said.contains("new, and not part of this program: services/late/ecosystem.rs"),
        "{said}"
    );
    assert!(
        said.contains("gone, and still part of this program: services/tts/ecosystem.rs"),
        "{said}"
    );
    assert!(said.contains("help: build it again"), "{said}");
    assert_eq!(project.run().unwrap(), "many-files\n├── hello (node)\n└── late (script)\n");
    assert_eq!(project.again(), "");

    // A path that leads to such a file means the same ecosystem.
    let root = fs::read_to_string(project.directory.join("src/main.rs")).unwrap();
    let with_path = root.replace("    include each", "    script web { run \"sleep\", \"9\"; depends_on late::ECOSYSTEM.late; }\n    include each");
    let module = "#[path = \"../services/late/ecosystem.rs\"]\nmod late;\n\nstatic SYSTEM";
    fs::write(project.directory.join("src/main.rs"), with_path.replace("static SYSTEM", module))
        .unwrap();
    let tree = project.run().unwrap();
    assert_eq!(
        tree,
        "many-files\n├── hello (node)\n├── late (script)\n└── web (script)\n    └── needs late\n"
    );
    fs::write(project.directory.join("src/main.rs"), root).unwrap();

    // The rules hold over all files,
    project.write("late", "pub static ECOSYSTEM", "script hello { run \"sleep\", \"9\"; }");
    let said = project.run().unwrap_err();
    assert!(said.contains("`hello`") && said.contains("src/main.rs:6:18"), "{said}");
    // a mistake stands in its own file,
    project.write("late", "pub static ECOSYSTEM", "script late { rn \"sleep\"; }");
    let said = project.run().unwrap_err();
    assert!(said.contains("unknown attribute `rn`"), "{said}");
    assert!(said.contains("services/late/ecosystem.rs:3:"), "{said}");
    assert!(!said.contains("src/main.rs"), "{said}");
    // and each file has its static.
    project.write("late", "pub static LATE", "script late { run \"sleep\", \"9\"; }");
    let said = project.run().unwrap_err();
    assert!(said.contains("services/late/ecosystem.rs has no `ECOSYSTEM`"), "{said}");
    assert!(said.contains("rename `LATE` there"), "{said}");
    fs::remove_dir_all(project.directory.join("services")).unwrap();
    let said = project.run().unwrap_err();
    assert!(said.contains("no file of the crate matches `services/*/ecosystem.rs`"), "{said}");
}

/// A crate that `promethean new --each` has not made becomes one in which Cargo sees new files.
#[test]
fn a_crate_without_a_build_script_gets_one() {
    let (_guard, folder) = directory();
    let project = make(&folder);
    let script = project.join("build.rs");
    let made = fs::read_to_string(&script).unwrap();
    let new = |here: &Utf8Path, service: &str| {
        let mut command = Command::new(PROGRAM);
        let output = command.args(["new", "--service", service]).current_dir(here).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    let step = "    write `println!(\"cargo::rerun-if-changed=services\");` in build.rs\n";
    // What watches the folder is enough, and so is a script that runs after every change.
    assert!(!new(&project, "services/a").contains("build.rs"));
    fs::write(&script, "fn main() {}\n").unwrap();
    assert!(!new(&project, "services/b").contains("build.rs"));
    fs::write(&script, "fn main() { println!(\"cargo::rerun-if-changed=assets\"); }\n").unwrap();
    let said = new(&project, "services/c");
    assert!(said.contains(step), "{said}");
    fs::remove_file(&script).unwrap();
    let said = new(&project, "services/d");
    assert!(said.contains("build.rs, with which Cargo sees new files"), "{said}");
    assert_eq!(fs::read_to_string(&script).unwrap(), made);
    // From elsewhere, the way into the crate comes first.
    let said = new(&folder, "many-files/services/e");
    assert!(said.contains("  next:\n    cd many-files\n    cargo run -- run e\n"), "{said}");
}

/// What is there is not written over; the command that is named adds what is missing.
#[test]
fn who_has_a_crate_is_told_how_to_add_to_it() {
    let (_guard, folder) = directory();
    let project = make(&folder);
    let manifest = project.join("Cargo.toml");
    let bare = "[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(&manifest, bare).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["new", "many-files", "--path"]).arg(repository()).current_dir(&folder);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(fs::read_to_string(&manifest).unwrap(), bare);
    assert!(
        said.contains("already exists\n  help: this directory has a crate: `cargo add "),
        "{said}"
    );
    let add = said.split('`').nth(1).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{add} --offline")]).current_dir(&project);
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{add}: {output:?}");
    // Cargo writes the way from the crate.
    let written = fs::read_to_string(&manifest).unwrap();
    let path = written.lines().find_map(|line| {
        line.strip_prefix("promethean = ")?.split_once("path = \"")?.1.split('"').next()
    });
    let path = path.unwrap_or_else(|| panic!("{written}"));
    assert_eq!(project.join(path).canonicalize().unwrap(), repository().canonicalize().unwrap());
}

#[test]
fn a_service_gets_a_file_that_says_what_is_there() {
    let (_guard, folder) = directory();
    let project = make(&folder);
    let new = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(["new", "--service"]).args(arguments).current_dir(&project);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let file = |service: &str| {
        fs::read_to_string(project.join("services").join(service).join("ecosystem.rs")).unwrap()
    };
    // The files that are there decide what it is written in, and are left as they are.
    let files = [
        ("a", "package.json", "{}"),
        ("b", "Pipfile", ""),
        ("c", "uv.lock", ""),
        ("d", "main.py", "1"),
    ];
    for (service, name, text) in files {
        let folder = project.join("services").join(service);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(name), text).unwrap();
    }
    for (service, head) in
        [("a", "node a"), ("b", "python b"), ("py/e", "python e"), ("f", "node f")]
    {
        let (code, said) = new(&[&format!("services/{service}")]);
        assert_eq!(code, Some(0), "{said}");
        assert!(file(service).contains(head), "{}", file(service));
    }
    assert!(!file("b").contains("runner"), "{}", file("b"));
    assert_eq!(new(&["services/c", "--kind", "python"]).0, Some(0));
    assert!(file("c").contains("runner uv;"), "{}", file("c"));
    assert_eq!(new(&["services/d"]).0, Some(0));
    assert!(file("d").contains("runner system;"), "{}", file("d"));
    assert_eq!(fs::read_to_string(project.join("services/d/main.py")).unwrap(), "1");
    // What the macro would reject is not written.
    let (code, said) = new(&["services/all"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("`all`") && !project.join("services/all").exists(), "{said}");
    // Outside of a crate there is nothing to add to.
    let outside =
        Command::new(PROGRAM).args(["new", "--service", "x"]).current_dir(&folder).output();
    let said = String::from_utf8_lossy(&outside.unwrap().stderr).into_owned();
    assert!(said.contains("no crate is around"), "{said}");
}
