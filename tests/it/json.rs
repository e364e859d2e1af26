//! The page about the objects that commands print with `--json` is up to date: it is made of objects of the
//! very types that are printed, one of each.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use promethean::diagnostic::Diagnostic;
use promethean::engine::{EngineError, ErrorKind, Owner, Phase, Whose};
use promethean::logs::{Line, Stream};
use promethean::operations::{
    Action, AppStatus, Awaited, CronRuns, Difference, Down, EndpointStatus, Event, ExternalStatus,
    FailedApp, Failures, Interrupted, MachineStatus, Note, OperationError, Plan, ProcessStatus,
    ProfileChange, State, Status, Step,
};
use promethean::preflight::{Finding, Report, Severity, Topic};
use promethean_runtime::__cli::output;
use promethean_test_support::files::{self, committed};
use serde::Serialize;
use serde_json::{Value, json};

#[test]
fn the_page_of_json_is_up_to_date() {
    committed("docs/json.md", &page().expect("a string takes all"));
}

/// The last line of a command is an object, whatever has gone wrong.
#[test]
fn a_command_that_fails_prints_an_object() {
    let (_guard, directory) = files::directory();
    let declaration = json!({
        "name": "system", "paths_unchecked": true, "secrets": ".tokens",
        "units": [{"service": {
            "kind": "script", "name": "web", "directory": "/",
            "block": {"settings": {"run": ["true"]}, "env": {"TOKEN": {"secret": "TOKEN"}}},
        }}],
    });
    let file = directory.join("declaration.json");
    fs::write(&file, declaration.to_string()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_declared"));
        command.args(arguments).args(["--json", "--engine", "embedded"]);
        command.env("DECLARATION", &file).env("XDG_STATE_HOME", directory.as_str());
        let output = command.output().unwrap();
        let printed = String::from_utf8(output.stdout.clone()).unwrap();
        let last = printed.lines().last().unwrap_or_else(|| panic!("{arguments:?}: {output:?}"));
        let object: Value = serde_json::from_str(last).unwrap();
        (output.status.code(), object)
    };
    for (arguments, expected) in [
        (&["check", "nobody"][..], "unknown service or agent `nobody`"),
        (&["up", "nobody"], "unknown service or agent `nobody`"),
        (&["down", "nobody"], "unknown service or agent `nobody`"),
        (&["restart", "nobody"], "unknown service or agent `nobody`"),
        (&["plan", "nobody"], "unknown service or agent `nobody`"),
        (&["apply", "--profile", "nope"], "nope"),
        (&["status", "--profile", "nope"], "nope"),
        (&["logs", "--grep", "["], "["),
        (&["logs", "nobody"], "unknown service or agent `nobody`"),
    ] {
        let (code, object) = run(arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {object}");
        assert_eq!(object["event"], "failed", "{arguments:?}: {object}");
        assert!(object["message"].as_str().unwrap().contains(expected), "{arguments:?}: {object}");
    }
    for arguments in [&["up"][..], &["plan"], &["apply", "--yes"]] {
        let (code, object) = run(arguments);
        assert_eq!(code, Some(3), "{arguments:?}: {object}");
        assert_eq!(object["findings"][0]["kind"], "secret", "{arguments:?}: {object}");
        assert_eq!(object["findings"][0]["units"], json!(["web"]), "{arguments:?}: {object}");
    }
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// An object as it is printed.
fn printed(object: &impl Serialize) -> String {
    let printed = output::json(object).unwrap();
    // Who reads it drops one of two fields of one name.
    let read: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(read.to_string().len(), printed.len(), "{printed}");
    printed
}

fn block(page: &mut String, lines: impl IntoIterator<Item = String>) -> std::fmt::Result {
    page.push_str("\n```json\n");
    lines.into_iter().try_for_each(|line| writeln!(page, "{line}"))?;
    page.push_str("```\n");
    Ok(())
}

fn objects<T: Serialize>(
    page: &mut String,
    objects: impl IntoIterator<Item = T>,
) -> std::fmt::Result {
    block(page, objects.into_iter().map(|object| printed(&object)))
}

fn page() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "# What commands print with `--json`\n\n\
         Each command that has `--json` prints objects, one per line, on standard output. Each begins with \
         `\"version\": 1`.\n\n\
         - Within a version, fields, events and values may be added; what is there keeps its name, type and \
         meaning. Ignore what you do not know.\n\
         - A field that has no value is `null`, or is left out where this page leaves it out.\n\
         - Texts in `message`, `reason`, `refusal`, `hint`, `help` and `log` are for people and may change. \
         Decide by the other fields, and by the exit code (`--help` lists them).\n\
         - Values of secrets and of inherited variables are never in them.\n\
         - Times are in UTC, as in `2027-01-15T08:00:00Z`; durations in fields that end in `_ms` are in \
         milliseconds, `uptime` is in seconds, `memory` is in bytes.\n\n\
         What `pm2 --format json` and a run without a command print is PM2's format and has no version of \
         ours.\n\n\
         This page is written by `UPDATE=1 cargo test -p promethean-tests --test it json`.\n\n\
         ## `check`\n\n\
         One object. `severity` is `failure`, `warning` or `note`; `kind` is a word that stays the same.\n",
    );
    objects(&mut page, [report()])?;
    page.push_str(
        "\nThe kinds, and what their findings are about:\n\n| `kind` | about |\n| --- | --- |\n",
    );
    for topic in Topic::ALL {
        writeln!(page, "| `{}` | {} |", json!(topic).as_str().unwrap(), topic.about())?;
    }
    page.push_str(
        "\n## `plan`\n\nOne object. `action` is one of those below. `secret` says that the values are not \
         shown, `inherited` that they come from whoever runs the command. `machines` are those that it can run on, \
         and left out where the system has none. `elsewhere` are the apps that Supvisors runs on another machine than \
         they are defined on, and left out where there are none.\n",
    );
    objects(&mut page, [plan()])?;
    page.push_str(
        "\n## `up`, `restart`, `reload`, `apply` and `down`\n\nAn object for each event, and one at the \
         end: `done` or `failed`. `until` is `stopped`, `started`, `ready` or `completed`. `stopping` of an app comes \
         after `stopped` of all that depend on it; \
         apps that do not depend on each other stop at the same time, so that theirs are mixed. `orphan` and `left` have \
         `one_of` in place of `app` where nothing distinguishes which of several apps a process is of.\n",
    );
    objects(&mut page, events())?;
    page.push_str("\n`done` of `down`, and of the others with the steps of the plan:\n");
    objects(&mut page, [done_of_down(), json!({"event": "done", "steps": plan().steps})])?;
    page.push_str(
        "\n`failed`, also of every other command, but for arguments that are wrong (exit code 2); it has what belongs to the failure: `apps` (exit code 4), \
         `findings` (3), `interrupted` (130, but for a second signal), `profiles`, or `help` and the plan of an `apply` without `--yes`:\n",
    );
    block(&mut page, failures())?;
    page.push_str(
        "\n## `status`\n\nOne object, and one per look with `--watch`. `state` has the word in `is`, and what \
         belongs to it beside it; `processes` has the engine's own words in `status`. `cron` is that of a \
         service with `cron_restart`. `endpoints` are those that it was started with, where `drift` is not empty. `unread` says that \
         something cannot be compared, such as a secret that is missing. `machines` are those that it can run on, and left out where the system has \
         none; `running_on` are those that it runs on, and left out by engines of one machine, as is the list of all \
         machines at the end. Supvisors does not count `restarts` or measure `cpu` and `memory`: they are 0.\n",
    );
    objects(&mut page, [status()])?;
    page.push_str("\nAll that `state` can be:\n");
    block(&mut page, states().iter().map(|state| serde_json::to_string(state).unwrap()))?;
    page.push_str(
        "\n## `logs`\n\nAn object per line. `stream` is `out`, `err` or `combined`; `time` is `null` where the \
         line has none.\n",
    );
    objects(&mut page, lines())?;
    Ok(page)
}

fn report() -> Report {
    let finding = |severity, kind, help: Option<&str>| Finding {
        severity,
        kind,
        units: vec![text("web")],
        message: text("`gunicorn` is not on PATH"),
        help: help.map(text),
    };
    Report {
        findings: vec![
            finding(Severity::Failure, Topic::Program, Some("install it")),
            finding(Severity::Warning, Topic::Program, None),
            finding(Severity::Note, Topic::Program, None),
        ],
    }
}

fn difference() -> Difference {
    let (old, new) = (Some(text("3000")), Some(text("3001")));
    Difference { field: text("env.PORT"), old, new, secret: false, inherited: false }
}

/// All actions; a new one is not forgotten.
fn plan() -> Plan {
    let actions = [
        Action::Keep,
        Action::Create,
        Action::Change { fields: vec![difference()] },
        Action::Scale { from: 2, to: 3 },
        Action::Replace { reason: text("2 apps of this name") },
        Action::Restart { reason: text("stopped") },
        Action::Remove,
    ];
    let number = |action: &Action| match action {
        Action::Keep => 0,
        Action::Create => 1,
        Action::Change { .. } => 2,
        Action::Scale { .. } => 3,
        Action::Replace { .. } => 4,
        Action::Restart { .. } => 5,
        Action::Remove => 6,
    };
    all(actions.iter().map(number), 7);
    let step = |action| {
        let (processes, machines) = (Vec::new(), vec![text("stealth")]);
        Step { app: text("web"), action, processes, machines }
    };
    let change = ProfileChange { app: text("web"), old: None, new: Some(text("production")) };
    let note = Diagnostic::new("api is kept as it runs").help("`up api` applies this definition");
    Plan {
        steps: actions.into_iter().map(step).collect(),
        profiles: vec![change],
        orphans: vec![4711],
        elsewhere: vec!["web".to_owned()],
        notes: vec![note],
    }
}

fn all(numbers: impl Iterator<Item = usize>, count: usize) {
    assert_eq!(numbers.collect::<BTreeSet<_>>(), (0..count).collect());
}

fn events() -> Vec<Event> {
    let app = || text("web");
    let (since, limit) = (Duration::from_secs(5), Duration::from_secs(30));
    let note = Note { message: text("web is kept"), help: Some(text("give it a name")) };
    let until = Awaited::Ready;
    let events = vec![
        Event::Waiting { holder: text("`up` (process 4711)"), since, limit },
        Event::Launched { engine: "PM2", version: text("7.0.4") },
        Event::Note(note),
        Event::Orphan { whose: Whose::App(app()), pid: 4711, lost: false },
        Event::Left { whose: Whose::App(app()), pid: 4711 },
        Event::Left { whose: Whose::OneOf(vec![app(), text("worker")]), pid: 4711 },
        Event::Kept { app: app(), completed: false },
        Event::NotStarted { app: app(), cron: None },
        Event::NotStarted { app: app(), cron: Some(text("0 3 * * *")) },
        Event::Scaled { app: app(), from: 4, to: 2 },
        Event::Stopping { app: app() },
        Event::Stopped { app: app() },
        Event::Starting { app: app() },
        Event::Started {
            app: app(),
            pid: 4711,
            pids: vec![4711, 4712],
            machine: Some(text("stealth")),
        },
        Event::Probing { app: app() },
        Event::Ready { app: app(), after: since },
        Event::Restarted { app: app(), restarts: 1, exit_code: Some(1) },
        Event::Completing { app: app(), limit },
        Event::StillWaiting { app: app(), until, since, limit },
        Event::Completed { app: app() },
        Event::Up { after: since },
    ];
    let number = |event: &Event| match event {
        Event::Waiting { .. } => 0,
        Event::Launched { .. } => 1,
        Event::Note(_) => 2,
        Event::Orphan { .. } => 3,
        Event::Left { .. } => 4,
        Event::Kept { .. } => 5,
        Event::NotStarted { .. } => 6,
        Event::Scaled { .. } => 7,
        Event::Stopping { .. } => 8,
        Event::Stopped { .. } => 9,
        Event::Starting { .. } => 10,
        Event::Started { .. } => 11,
        Event::Probing { .. } => 12,
        Event::Ready { .. } => 13,
        Event::Restarted { .. } => 14,
        Event::Completing { .. } => 15,
        Event::StillWaiting { .. } => 16,
        Event::Completed { .. } => 17,
        Event::Up { .. } => 18,
    };
    all(events.iter().map(number), 19);
    events
}

fn done_of_down() -> Value {
    let down = Down {
        stopped: vec![text("web")],
        orphans: vec![4711],
        needed: [(text("db"), vec![text("api")])].into(),
    };
    let mut done = json!({"event": "done"});
    let fields = json!(down);
    done.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    done
}

/// One for each field that some have.
fn failures() -> Vec<String> {
    let failed = FailedApp {
        app: text("web"),
        reason: text("did not become ready within 30.0 s"),
        help: Some(text("…")),
        not_started: vec![text("worker")],
        log: vec![text("listening on 3000")],
        is_restarted: false,
    };
    let interrupted = Interrupted {
        command: "apply",
        stopped: vec![text("old")],
        not_stopped: Vec::new(),
        started: vec![text("web")],
        not_ready: vec![text("web")],
        not_started: vec![text("worker")],
        not_changed: vec![text("db")],
    };
    let Plan { steps, profiles, orphans, elsewhere, notes } = plan();
    let steps = steps.into_iter().take(1).collect();
    let unconfirmed = Plan { steps, profiles, orphans, elsewhere, notes };
    let unusable = EngineError::new(ErrorKind::Unusable, promethean::pm2::Pm2Error::NotInstalled);
    let errors = [
        OperationError::Engine(unusable),
        OperationError::Apps(Failures {
            failed: vec![failed],
            running: vec![text("db"), text("cache")],
            not_ready: vec![text("cache")],
            not_started: vec![text("bot")],
            not_changed: vec![text("db")],
        }),
        OperationError::NotReady(report().failures()),
        interrupted.into(),
        OperationError::Profile(Box::new(plan())),
    ];
    let mut unconfirmed = json!(unconfirmed);
    unconfirmed["event"] = "failed".into();
    unconfirmed["message"] = "the plan was not confirmed; nothing was changed".into();
    unconfirmed["help"] = "add `--yes`".into();
    errors.iter().map(printed).chain([printed(&unconfirmed)]).collect()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn status() -> Status {
    let process = ProcessStatus {
        id: 0,
        pid: Some(4711),
        status: Phase::Online,
        exit_code: None,
        uptime: Some(7_500),
        restarts: 1,
        cpu: 2.5,
        memory: 41_943_040,
    };
    let app = AppStatus {
        app: text("duck_web"),
        agent: Some(text("duck")),
        short_name: text("web"),
        profile: Some(text("production")),
        other_profile: false,
        state: State::Unready,
        ready: Some(false),
        refusal: Some(text("http http://127.0.0.1:3000/: answered 503")),
        endpoints: vec![EndpointStatus {
            name: None,
            address: text("127.0.0.1:3000"),
            url: Some(text("http://127.0.0.1:3000")),
        }],
        machines: vec![text("stealth")],
        running_on: Some(vec![text("stealth")]),
        instances: Some(1),
        processes: vec![process],
        orphans: Vec::new(),
        uptime: Some(7_500),
        cron: Some(CronRuns {
            pattern: text("0 4 * * *"),
            last: Some(time("2027-01-15T04:00:00Z")),
            next: Some(time("2027-01-16T04:00:00Z")),
        }),
        restarts: 1,
        cpu: 2.5,
        memory: 41_943_040,
        drift: vec![difference()],
        unread: false,
    };
    let external = ExternalStatus {
        external: text("mongodb"),
        ready: Some(false),
        refusal: Some(text("tcp 127.0.0.1:27017: connection refused")),
        hint: Some(text("start it")),
        endpoints: vec![EndpointStatus {
            name: Some(text("metrics")),
            address: text("127.0.0.1:9216"),
            url: None,
        }],
    };
    let note = Note { message: text("not compared: a secret is missing"), help: None };
    let machine = MachineStatus {
        machine: text("stealth"),
        host: text("stealth.lan"),
        is_there: true,
        word: Some(text("running")),
    };
    Status {
        home: text("/home/somebody/.pm2"),
        daemon: true,
        apps: vec![app],
        externals: vec![external],
        notes: vec![note],
        machines: vec![machine],
    }
}

fn states() -> Vec<State> {
    let owner = Owner { name: text("other"), root: "/srv/other".into(), declared: None };
    let states = vec![
        State::Starting,
        State::Online,
        State::Ready,
        State::Unready,
        State::Restarting { restarts: 3, within: Some(Duration::from_secs(5)) },
        State::Stopping,
        State::Stopped { as_defined: false },
        State::Completed,
        State::Failed { exit_code: Some(1) },
        State::GivenUp { exit_code: Some(1) },
        State::Orphaned,
        State::Foreign { owner: Some(owner) },
        State::NoLongerDefined,
        State::Other { word: text("one-launch-status") },
    ];
    let number = |state: &State| match state {
        State::Starting => 0,
        State::Online => 1,
        State::Ready => 2,
        State::Unready => 3,
        State::Restarting { .. } => 4,
        State::Stopping => 5,
        State::Stopped { .. } => 6,
        State::Completed => 7,
        State::Failed { .. } => 8,
        State::GivenUp { .. } => 9,
        State::Orphaned => 10,
        State::Foreign { .. } => 11,
        State::NoLongerDefined => 12,
        State::Other { .. } => 13,
    };
    all(states.iter().map(number), 14);
    states
}

fn lines() -> [Line; 2] {
    let line = |stream, time| Line {
        app: text("duck_web"),
        stream,
        text: text("listening on 3000"),
        time,
        stamp: String::new(),
    };
    [line(Stream::Out, Some(time("2027-01-15T08:00:00Z"))), line(Stream::Combined, None)]
}
