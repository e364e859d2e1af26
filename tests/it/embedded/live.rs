//! `ui`, in a real terminal: keys are pressed, and screens are read. The same on both engines.

use std::process::Command;

use promethean_test_support::pm2::{Pm2, eventually};
use promethean_test_support::tmux::Tmux;
use regex_lite::Regex;
use serde_json::Value;

use super::scene::Scene;

/// The system `live`, on one of the engines.
struct Live {
    scene: Scene,
    pm2: Option<Pm2>,
}

impl Live {
    fn on(pm2: Option<Pm2>) -> Live {
        Live { scene: Scene::new("live"), pm2 }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.scene.command(arguments);
        match &self.pm2 {
            Some(pm2) => command
                .env("PROMETHEAN_ENGINE", "pm2")
                .env("PROMETHEAN_PM2", pm2.program())
                .env("PM2_HOME", pm2.home()),
            None => command.env("PROMETHEAN_ENGINE", "embedded"),
        };
        command
    }

    fn ui(&self, width: u16, height: u16) -> Tmux {
        Tmux::run(&self.command(&["ui"]), width, height)
    }

    fn app(&self, name: &str) -> Value {
        let output = self.command(&["status", "--json"]).output().unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let apps = status["apps"].as_array().unwrap();
        apps.iter().find(|app| app["app"] == name).unwrap().clone()
    }

    fn state(&self, name: &str) -> String {
        self.app(name)["state"]["is"].as_str().unwrap().to_owned()
    }

    fn pid(&self, name: &str) -> u64 {
        self.app(name)["processes"][0]["pid"].as_u64().unwrap_or_default()
    }
}

/// A screen without what differs from run to run: numbers, and how wide they make a column.
fn masked(screen: &str) -> String {
    let numbers = Regex::new(r"[0-9]+[a-z%]*").unwrap().replace_all(screen, "N");
    let lines = numbers
        .lines()
        .map(|line| Regex::new(" {2,}").unwrap().replace_all(line, "  ").into_owned());
    lines.collect::<Vec<String>>().join("\n").trim_end().to_owned()
}

/// Whether a line with these words is on a screen.
fn has(screen: &str, words: &[&str]) -> bool {
    screen.lines().any(|line| words.iter().all(|word| line.contains(word)))
}

fn whole_day(live: &Live) {
    let engine = if live.pm2.is_some() { "PM2" } else { "the embedded engine" };
    let ui = live.ui(80, 24);
    // Nothing runs.
    let screen = ui.shows("all is stopped", |screen| screen.matches("stopped").count() == 3);
    assert!(has(&screen, &["> live", "0/3 online"]), "{screen}");
    assert!(screen.lines().last().unwrap().starts_with("s start  x stop  r restart"), "{screen}");

    ui.press(&["s"]);
    ui.shows("all is online", |screen| {
        screen.matches(" online ").count() >= 5 && screen.contains("created 3")
    });
    // The uptime of all is there with the next look.
    let screen = ui.shows("all is well", |screen| {
        screen.contains("all is well")
            && has(screen, &["duck_voice", "| stays"])
            && has(screen, &["duck_ears", "! and complains"])
            && has(screen, &["db", "! and complains"])
    });
    let table: Vec<String> = masked(&screen).lines().take(7).map(str::to_owned).collect();
    assert_eq!(
        table,
        [
            &*masked(&format!("live  on {engine}  all is well")),
            "  unit  state  pid  up  ↺  cpu  memory",
            "> live  N/N online  N  N  N MiB",
            "  db  online  N  N  N  N  N MiB  http://N.N.N.N:N",
            "  ▾ duck  N/N online  N  N  N MiB",
            "  ears  online  N  N  N  N  N MiB",
            "  voice  online  N  N  N  N  N MiB",
        ],
        "{screen}"
    );

    // The logs of a service, searched.
    ui.press(&["Down", "Down", "Down", "Down"]);
    let screen = ui.shows("the logs of one", |screen| {
        has(screen, &["── duck_voice ─"]) && has(screen, &["! and complains"])
    });
    assert!(!screen.contains("duck_ears"), "{screen}");
    ui.press(&["/", "com", "Enter"]);
    ui.shows("a match", |screen| has(screen, &["── duck_voice ─", "match 1 of 1"]));
    ui.press(&["Escape"]);
    ui.press(&["Tab"]);
    ui.shows("only the logs", |screen| {
        !screen.contains("memory") && screen.starts_with("── duck_voice")
    });
    ui.press(&["Tab"]);

    acts(live, &ui);
    leaves(live, &ui);
}

/// Stops, starts and restarts; the last service is selected.
fn acts(live: &Live, ui: &Tmux) {
    let pid = live.pid("duck_voice");
    ui.press(&["r"]);
    ui.shows("it is restarted", |screen| screen.contains("duck_voice: restarted 1"));
    assert_ne!(live.pid("duck_voice"), pid);
    ui.press(&["x"]);
    ui.shows("it is stopped", |screen| {
        has(screen, &["voice", "stopped"])
            && screen.contains("1 stopped")
            && screen.contains("1 of 3 not well")
    });
    assert_eq!(live.state("duck_voice"), "stopped");
    assert_eq!(live.state("duck_ears"), "online");
    ui.press(&["s"]);
    ui.shows("it is started", |screen| {
        has(screen, &["voice", "online"]) && screen.contains("duck_voice: created 1, kept 1")
    });

    // What others need is stopped only on request, and everything only after a question.
    ui.press(&["Up", "Up", "Up"]);
    ui.shows("the first service", |screen| {
        has(screen, &["> ", "db", "online"]) && screen.contains("── db http://")
    });
    ui.press(&["x"]);
    ui.shows("it is needed", |screen| {
        screen.contains("db: not stopped, because duck_ears, duck_voice need it; X")
    });
    assert_eq!(live.state("db"), "online");
    ui.press(&["X"]);
    ui.shows("it is stopped anyway", |screen| {
        has(screen, &["db", "stopped"]) && screen.contains("db: down: 1 stopped")
    });
    assert_eq!(live.state("duck_ears"), "online");
    ui.press(&["Up", "x"]);
    ui.shows("a question", |screen| screen.contains("Stop all 3 services?"));
    ui.press(&["n"]);
    ui.shows("no question", |screen| !screen.contains("Stop all"));
}

/// Folds, explains, has a small screen, and is left: what runs keeps running, and the screen is as before.
fn leaves(live: &Live, ui: &Tmux) {
    ui.press(&["Down", "Down", "Left"]);
    ui.shows("it is folded", |screen| {
        has(screen, &["> ▸ duck", "2/2 online"]) && !has(screen, &["  ears "])
    });
    ui.press(&["?"]);
    ui.shows("the help", |screen| screen.contains("quit; what runs keeps running"));
    ui.press(&["Escape"]);
    ui.resize(40, 10);
    ui.shows("a small screen", |screen| screen.lines().count() == 10 && has(screen, &["> ▸ duck"]));
    ui.press(&["q"]);
    eventually("it has ended", || ui.exit_code() == Some(0));
    assert!(!ui.screen().contains("duck"), "{}", ui.screen());
    assert_eq!(live.state("duck_ears"), "online");
    assert!(live.command(&["down"]).status().unwrap().success());
}

#[test]
fn it_is_all_there_on_the_embedded_engine() {
    whole_day(&Live::on(None));
}

#[test]
fn it_is_all_there_on_pm2() {
    whole_day(&Live::on(Some(Pm2::new())));
}

/// Whether a painted screen has the sequence of a colour: `ESC [ … 30–37, 38, 90–97 … m`, or of a background.
fn has_colours(painted: &str) -> bool {
    let sequence = Regex::new("\u{1b}\\[([0-9;]*)m").unwrap();
    sequence.captures_iter(painted).any(|found| {
        found[1]
            .split(';')
            .filter_map(|code| code.parse::<u8>().ok())
            .any(|code| matches!(code, 30..=38 | 40..=48 | 90..=107))
    })
}

#[test]
fn without_colours_it_says_the_same() {
    let live = Live::on(None);
    assert!(live.command(&["run", "--detach"]).status().unwrap().success());
    let is_shown = |screen: &str| screen.contains("all is well") && has(screen, &["db", "| stays"]);
    let coloured = live.ui(80, 24);
    coloured.shows("all is well", is_shown);
    assert!(has_colours(&coloured.painted()), "{:?}", coloured.painted());
    let mut command = live.command(&["ui"]);
    command.env("NO_COLOR", "1");
    let plain = Tmux::run(&command, 80, 24);
    plain.shows("all is well", is_shown);
    assert!(!has_colours(&plain.painted()), "{:?}", plain.painted());
    assert_eq!(
        masked(&plain.screen()).lines().take(7).collect::<Vec<_>>(),
        masked(&coloured.screen()).lines().take(7).collect::<Vec<_>>()
    );
    // No mouse is taken: the terminal's own selection works.
    for ui in [plain, coloured] {
        assert_eq!(ui.flag("mouse_any_flag"), "0");
        ui.press(&["C-c"]);
        eventually("it has ended", || ui.exit_code() == Some(0));
    }
    assert!(live.command(&["down"]).status().unwrap().success());
}

#[test]
fn it_needs_a_terminal() {
    let live = Live::on(None);
    let output = live.command(&["ui"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`ui` needs a terminal: `status` prints the state"), "{said}");
}
