//! What it costs to write the configuration: a release binary beside Node evaluating the helper
//! style that this project replaces (one file for each service, and all in one file), and the phases
//! beside `serde_json` alone.
//!
//! `cargo bench -p promethean-tests --bench emission`

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use support::{Crate, dependency, directory, median, microseconds, milliseconds, time};

const RUNS: usize = 21;

/// `services` services in the macro, with the defaults of Promethean's own system.
fn declaration(services: usize) -> String {
    let mut text = String::from(
        r#"use promethean::{Ecosystem, ecosystem};

static SYSTEM: Ecosystem = ecosystem! {
    paths unchecked;
    defaults {
        exec_mode fork;
        instances 1;
        autorestart true;
        merge_logs true;
        restart_delay 10s;
        kill_timeout 10s;
        out_file "./logs/{name}-out.log";
        error_file "./logs/{name}-err.log";
        env {
            PM2_PROCESS_NAME = "{name}";
            HEARTBEAT_PORT = 5005;
            PYTHONUNBUFFERED = 1;
            PYTHONPATH = "{root}";
            CHECK_INTERVAL = 300_000;
            HEARTBEAT_TIMEOUT = 600_000;
        }
    }
"#,
    );
    for index in 0..services {
        writeln!(
            text,
            "    node service_{index} \"services/service_{index}\" {{ env {{ SERVICE_ID = \"{index}\"; LOG_LEVEL = \"info\"; }} }}"
        )
        .expect("a String takes everything");
    }
    text.push_str("};\n");
    text
}

const MAIN: &str = r"
fn main() -> std::process::ExitCode {
    promethean::main(&SYSTEM)
}
";

/// Prints the medians in nanoseconds: decoding, resolution, writing, and `serde_json` alone writing
/// the same apps. All in one process, each time from the literal on.
const PHASES: &str = r#"
use promethean::declaration::Declaration;
use std::time::Instant;

fn main() {
    let literal = serde_json::to_string(SYSTEM.declaration()).expect("a declaration is JSON");
    let mut times: [Vec<u128>; 4] = Default::default();
    for _ in 0..41 {
        let start = Instant::now();
        let declaration: Declaration = serde_json::from_str(&literal).expect("it was written above");
        let decoded = Instant::now();
        let ecosystem = Ecosystem::from_declaration(declaration, env!("CARGO_MANIFEST_DIR"), &[]);
        let system = ecosystem.resolve(&promethean::Options::default()).expect("it resolves");
        let resolved = Instant::now();
        let json = promethean::emit::json(&promethean::emit::Config::new(&system));
        let written = Instant::now();
        let apps: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        let begin = Instant::now();
        let again = serde_json::to_string_pretty(&apps).expect("it is a value");
        let end = Instant::now();
        assert_eq!(json.trim_end().len(), again.len());
        let phases = [decoded - start, resolved - decoded, written - resolved, end - begin];
        times.iter_mut().zip(phases).for_each(|(times, phase)| times.push(phase.as_nanos()));
    }
    for mut times in times {
        times.sort();
        print!("{} ", times[times.len() / 2]);
    }
}
"#;

const HELPER: &str = r#"exports.defineApp = function defineApp(name, script, args = [], opts = {}) {
  return {
    name,
    exec_mode: "fork",
    script,
    args,
    ...opts,
    out_file: `./logs/${name}-out.log`,
    error_file: `./logs/${name}-err.log`,
    merge_logs: true,
    instances: 1,
    autorestart: true,
    env: {
      ...opts.env,
      PM2_PROCESS_NAME: name,
      HEARTBEAT_PORT: defineApp.HEARTBEAT_PORT,
      PYTHONUNBUFFERED: "1",
      PYTHONPATH: defineApp.PYTHONPATH,
      CHECK_INTERVAL: 1000 * 60 * 5,
      HEARTBEAT_TIMEOUT: 1000 * 60 * 10,
    },
    restart_delay: 10000,
    kill_timeout: 10000,
  };
};
"#;

/// How the services are spread over JavaScript files.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// A helper, a master file, a file for each service.
    FilePerService,
    /// A helper, and one file for all services.
    OneFile,
}

/// The same system as JavaScript.
fn javascript(services: usize, layout: Layout) -> PathBuf {
    let root = directory(&format!("node_{services}_{layout:?}"));
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("it is in a directory"))
            .expect("target/ can be written to");
        fs::write(path, text).expect("target/ can be written to");
    };
    write("dev/pm2Helpers.js", HELPER);
    let mut master = String::from(
        "const { defineApp } = require(\"./dev/pm2Helpers.js\");\ndefineApp.PYTHONPATH = __dirname;\n\
         defineApp.HEARTBEAT_PORT = 5005;\n\nconst services = [\n",
    );
    for index in 0..services {
        let app = |directory: &str| {
            format!(
                "defineApp(\"service_{index}\", \".\", [], {{ cwd: {directory}, env: {{ SERVICE_ID: \
                 \"{index}\", LOG_LEVEL: \"info\" }} }})"
            )
        };
        match layout {
            Layout::FilePerService => {
                write(
                    &format!("services/service_{index}/ecosystem.config.js"),
                    &format!(
                        "const {{ defineApp }} = require(\"../../dev/pm2Helpers.js\");\n\n\
                         module.exports = {{\n  apps: [{}],\n}};\n",
                        app("__dirname")
                    ),
                );
                writeln!(master, "  require(\"./services/service_{index}/ecosystem.config.js\"),")
            }
            Layout::OneFile => {
                let directory = format!("`${{__dirname}}/services/service_{index}`");
                writeln!(master, "  {{ apps: [{}] }},", app(&directory))
            }
        }
        .expect("a String takes everything");
    }
    master.push_str(
        "];\n\nmodule.exports = { apps: services.flatMap((service) => service.apps) };\n",
    );
    write("ecosystem.config.js", &master);
    write(
        "print.js",
        "process.stdout.write(JSON.stringify(require(\"./ecosystem.config.js\"), null, 2));\n",
    );
    root.join("print.js")
}

/// The median of each of several commands. They take turns, so that what else the machine does is in all of them.
fn repeated<const N: usize>(mut commands: [Command; N]) -> [Duration; N] {
    let mut times = [(); N].map(|()| Vec::new());
    for command in &mut commands {
        time(command);
    }
    for _ in 0..RUNS {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            times.push(time(command));
        }
    }
    times.map(median)
}

/// The medians of the phases.
fn phases(program: &Path) -> [Duration; 4] {
    let output = Command::new(program).output().expect("it was built");
    let text = String::from_utf8(output.stdout).expect("it prints numbers");
    let mut times = text.split_whitespace().map(|time| time.parse().expect("it prints numbers"));
    [(); 4].map(|()| Duration::from_nanos(times.next().expect("it prints four numbers")))
}

fn main() {
    println!(
        "| `cargo bench -p promethean-tests --bench emission` | promethean | Node, one file a service | Node, one file |"
    );
    println!("| --- | --- | --- | --- |");
    let mut programs = Vec::new();
    for services in [17, 1_000, 5_000] {
        let declaration = declaration(services);
        let name = format!("emission_{services}");
        let emission =
            Crate::write(&name, &dependency(""), "release", &(declaration.clone() + MAIN));
        time(&mut emission.cargo(&["build", "--release"]));
        let node = |layout| {
            let mut node = Command::new("node");
            node.arg(javascript(services, layout));
            node
        };
        let [ours, each, one] = repeated([
            Command::new(emission.program("release")),
            node(Layout::FilePerService),
            node(Layout::OneFile),
        ]);
        let times = |theirs: Duration| theirs.as_secs_f64() / ours.as_secs_f64();
        println!(
            "| {services} services, the whole process | {} | {}, {:.1} times | {}, {:.1} times |",
            milliseconds(ours),
            milliseconds(each),
            times(each),
            milliseconds(one),
            times(one)
        );
        let name = format!("phases_{services}");
        let dependencies = dependency("") + "serde_json = \"1\"\n";
        let program = Crate::write(&name, &dependencies, "release", &(declaration + PHASES));
        time(&mut program.cargo(&["build", "--release"]));
        programs.push((services, program.program("release")));
    }
    println!("\nThe phases within the process, beside serde_json alone writing the same apps.\n");
    println!(
        "services   decode     resolve    write      together   serde_json   together / serde_json"
    );
    for (services, program) in programs {
        let [decode, resolve, write, alone] = phases(&program);
        let together = decode + resolve + write;
        println!(
            "{services:<10} {:<10} {:<10} {:<10} {:<10} {:<12} {:.1}",
            microseconds(decode),
            microseconds(resolve),
            microseconds(write),
            microseconds(together),
            microseconds(alone),
            together.as_secs_f64() / alone.as_secs_f64()
        );
    }
}
