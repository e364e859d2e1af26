//! The profile `demo` of the example, on a machine that has nothing but Node, Python and a shell; and what
//! the README shows of it.

use std::fs;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use camino::Utf8PathBuf;
use promethean_test_support::files::{self, repository};
use promethean_test_support::picture;
use promethean_test_support::pm2::eventually;
use promethean_test_support::tmux::Tmux;
use regex_lite::Regex;

use crate::program;

const README: &str = include_str!("../../README.md");

/// A checkout of the example, with programs of its own and no others.
struct Machine {
    root: Utf8PathBuf,
    programs: Utf8PathBuf,
    home: Utf8PathBuf,
    _guard: tempfile::TempDir,
}

impl Machine {
    fn new() -> Machine {
        let (guard, directory) = files::directory();
        let [root, programs, home] = ["promethean", "bin", "home"].map(|name| directory.join(name));
        files::copy(&repository().join("examples/promethean"), root.as_std_path());
        for directory in [&programs, &home] {
            fs::create_dir(directory).unwrap();
        }
        for (name, asked) in [
            ("node", ["node", "-p", "process.execPath"]),
            ("python3", ["python3", "-c", "import sys; print(sys.executable)"]),
            ("sh", ["sh", "-c", "command -v sh"]),
            ("sleep", ["sh", "-c", "command -v sleep"]),
        ] {
            let output = Command::new(asked[0]).args(&asked[1..]).output().unwrap();
            let real = String::from_utf8(output.stdout).unwrap();
            std::os::unix::fs::symlink(real.trim(), programs.join(name)).unwrap();
        }
        Machine { root, programs, home, _guard: guard }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program::example());
        command
            .args(["--root", self.root.as_str()])
            .args(arguments)
            .env("PATH", self.programs.as_str())
            .env("HOME", self.home.as_str())
            .env("PROMETHEAN_HOME", self.home.join("promethean").as_str());
        for variable in
            ["PROMETHEAN_ENGINE", "PROMETHEAN_PROFILE", "PROMETHEAN_PM2", "PM2_HOME", "MONGODB"]
        {
            command.env_remove(variable);
        }
        command
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.command(&["down", "--engine", "embedded"]).output();
    }
}

/// A program whose output is read while it runs.
struct Reading {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Reading {
    fn new(mut command: Command) -> Reading {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        for mut pipe in [Box::new(out) as Box<dyn std::io::Read + Send>, Box::new(err)] {
            let said = Arc::clone(&said);
            thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = pipe.read(&mut bytes) {
                    said.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
                }
            });
        }
        Reading { child, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

/// The block of the README that is about the output of the demo: its beginning, and its end.
fn shown(index: usize) -> Vec<&'static str> {
    let blocks = README.split("```text\n").skip(1);
    let blocks: Vec<&str> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    blocks[index].lines().collect()
}

/// Without numbers: those of processes, times, ports, and how often something was done.
fn masked(line: &str) -> String {
    Regex::new("[0-9]+(\\.[0-9]+)?").unwrap().replace_all(line, "N").into_owned()
}

#[test]
fn the_demo_comes_up_works_and_ends_as_the_readme_shows() {
    let machine = Machine::new();
    let mut run = Reading::new(machine.command(&["run", "--profile", "demo"]));
    let [beginning, end] = [shown(1), shown(2)];
    assert!(beginning.len() > 5 && end.len() > 5, "{beginning:?} {end:?}");
    let has = |said: &str, line: &str| said.lines().any(|said| masked(said) == masked(line));
    eventually("all that the README shows has come", || {
        let said = run.said();
        beginning.iter().all(|line| *line == "…" || has(&said, line))
            // It works: what one service has found has come to the stand-in.
            && said.contains("| document 2 of duck_")
            || run.child.try_wait().unwrap().is_some()
    });
    for line in beginning {
        assert!(
            line == "…" || has(&run.said(), line),
            "{line:?} of the README is not in\n{}",
            run.said()
        );
    }
    let pid = run.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(run.child.wait().unwrap().code(), Some(0), "{}", run.said());
    eventually("all is read", || run.said().contains("mongodb-stand-in           stopped"));
    let said = run.said();
    for line in end {
        assert!(line == "…" || has(&said, line), "{line:?} of the README is not in\n{said}");
    }
    // The stand-in comes up first and goes down last.
    let position = |text: &str| said.find(text).unwrap_or_else(|| panic!("{text}: {said}"));
    assert!(position("mongodb-stand-in: ready") < position("duck_cephalon: started"));
    assert!(position("duck_cephalon: stopped") < position(": mongodb-stand-in: stopped"));
    assert!(!said.contains(" ! "), "nothing goes to standard error: {said}");
}

/// The table of the picture of the live view is that of the demo; with `UPDATE=1` the picture is taken.
#[test]
fn the_picture_of_the_live_view_is_that_of_the_demo() {
    const PICTURE: &str = "docs/ui.svg";
    const SIZE: (u16, u16) = (80, 24);
    let machine = Machine::new();
    let detached = machine.command(&["run", "--detach", "--profile", "demo"]).output().unwrap();
    assert!(detached.status.success(), "{}", String::from_utf8_lossy(&detached.stderr));
    let ui = Tmux::run(&machine.command(&["ui"]), SIZE.0, SIZE.1);
    ui.shows("all is well", |screen| screen.contains("all is well"));
    ui.press(&["Down", "Down", "Down", "Down", "Down"]);
    let screen = ui.shows("an agent works", |screen| {
        screen.contains("all is well")
            && screen.contains("── duck_cephalon")
            && screen.contains(": 3")
    });
    if std::env::var_os("UPDATE").is_some() {
        let title = "The live view of the demo";
        let svg = picture::svg(&ui.painted(), SIZE.0.into(), SIZE.1.into(), title);
        fs::write(repository().join(PICTURE), svg).unwrap();
    }
    let pictured = picture::text(&fs::read_to_string(repository().join(PICTURE)).unwrap());
    // Numbers differ from time to time, and with them the room for what is after them.
    let blanks = Regex::new(" {2,}").unwrap();
    let words = Regex::new("[0-9]+[smhd%]?( [0-9]+[smhd])?").unwrap();
    let behind = Regex::new(" MiB.*").unwrap();
    let table = |screen: &str| -> Vec<String> {
        let lines = screen.lines().take_while(|line| !line.starts_with("──"));
        let lines = lines.map(|line| behind.replace(line, " MiB").into_owned());
        lines
            .map(|line| blanks.replace_all(&words.replace_all(&line, "N"), "  ").into_owned())
            .collect()
    };
    assert_eq!(table(&pictured), table(&screen), "CONTRIBUTING.md says how to take it again");
    let keys = |screen: &str| screen.lines().last().map(str::to_owned);
    assert_eq!(keys(&pictured), keys(&screen));
    ui.press(&["q"]);
    eventually("it has ended", || ui.exit_code() == Some(0));
}

#[test]
fn the_machine_has_no_pm2_and_no_pipenv() {
    let machine = Machine::new();
    for program in ["pm2", "pipenv", "mongod"] {
        assert!(!machine.programs.join(program).exists());
    }
    // Without the profile, this is what the README's example says is missing.
    let output = machine.command(&["check", "--engine", "embedded"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && said.contains("pipenv"), "{said}");
}
