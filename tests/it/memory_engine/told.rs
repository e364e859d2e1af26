//! A change of any attribute that the embedded engine gets is named by `plan`, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use promethean::attribute::{Attribute, Form, Type};
use promethean::declaration::Declaration;
use promethean::engine::{Definition, Engine as _};
use promethean::operations::{self, Action, Target};
use promethean::supervisor::attributes::{ATTRIBUTES, Support};
use promethean::supervisor::{Embedded, Home};
use promethean::{Ecosystem, Options};
use promethean_test_support::dice::Dice;
use promethean_test_support::effort;
use serde_json::{Map, Value, json};

use super::engine::InMemory;

/// Something that a service can have, in two forms.
struct Part {
    /// The field that `plan` names.
    field: String,
    /// Where it is in the service, and its values.
    place: &'static [&'static str],
    values: [Value; 2],
}

fn part(field: &str, place: &'static [&'static str], one: Value, other: Value) -> Part {
    Part { field: field.to_owned(), place, values: [one, other] }
}

/// Two values of an attribute of PM2's.
fn values(attribute: &Attribute) -> [Value; 2] {
    match (attribute.name, attribute.form, attribute.types) {
        ("watch_options", _, _) => {
            [json!({"usePolling": [true]}), json!({"followSymlinks": [false]})]
        }
        ("log_date_format", _, _) => [json!(["YYYY-MM-DD"]), json!(["HH:mm:ss"])],
        ("exec_mode", _, _) => [json!([{"word": "fork"}]), json!([{"word": "cluster"}])],
        (_, Form::Object, _) => [json!({"key": ["value"]}), json!({"key": ["other"]})],
        (_, _, [Type::Boolean, ..]) => [json!([true]), json!([false])],
        (_, _, [Type::Integer { .. }, ..]) => [json!([2]), json!([3])],
        (_, _, [Type::Duration { .. }, ..]) => {
            [json!([{"duration": "2s"}]), json!([{"duration": "3s"}])]
        }
        (_, _, [Type::Size, ..]) => [json!([{"size": "100M"}]), json!([{"size": "200M"}])],
        (_, _, [Type::Choice([one, other, ..]), ..]) => {
            [json!([{"word": one}]), json!([{"word": other}])]
        }
        (_, _, [Type::Cron, ..]) => [json!(["0 4 * * *"]), json!(["0 5 * * *"])],
        (_, _, [Type::Name, ..]) => [json!([{"word": "ONE"}]), json!([{"word": "OTHER"}])],
        (_, _, _) => [json!(["one"]), json!(["other"])],
    }
}

/// All that a service of Node's can have.
fn parts() -> Vec<Part> {
    let probe = |address: &str, timeout: &str| json!({"kind": "tcp", "values": [address], "timeout": {"duration": timeout}});
    let alive = |interval: &str, failures: u32| json!({"kind": "exec", "values": ["true"], "interval": {"duration": interval}, "failures": failures});
    let on = |condition: &str| json!([{"unit": ["db"], "condition": condition, "restarts": true}]);
    let signal = |word: &str| json!([{"word": word}]);
    let settings = &["block", "settings"];
    let mut parts = vec![
        part("cwd", &["directory"], json!("one"), json!("other")),
        part("script", settings, json!(["one.js"]), json!(["other.js"])),
        part("kill_signal", settings, signal("SIGTERM"), signal("SIGQUIT")),
        part("rotate", settings, json!([{"size": "1M"}, 2]), json!([{"size": "2M"}, 2])),
        part("rotate", settings, json!([{"size": "1M"}, 2]), json!([{"size": "1M"}, 3])),
        part("alive", &["block", "alive"], alive("2s", 3), alive("3s", 3)),
        part("alive", &["block", "alive"], alive("2s", 3), alive("2s", 4)),
        part("ready", &["block", "ready"], probe("127.0.0.1:1", "2s"), probe("127.0.0.1:2", "2s")),
        part("ready", &["block", "ready"], probe("127.0.0.1:1", "2s"), probe("127.0.0.1:1", "3s")),
        part("restarts", &["block", "depends_on"], on("started"), on("ready")),
    ];
    for (name, support) in ATTRIBUTES {
        let attribute = Attribute::find(name).unwrap();
        if !matches!(support, Support::Rejected(_)) {
            let [one, other] = values(attribute);
            parts.push(part(name, settings, one, other));
        }
    }
    parts
}

/// Which value of a part a service has; `None` without it.
type Choice<'p> = Vec<(&'p Part, Option<usize>)>;

/// What runs `web` with these parts; `None` where they do not go together.
fn target(choice: &Choice<'_>) -> Option<Target> {
    let mut web =
        json!({"kind": "node", "name": "web", "block": {"settings": {"entry": ["index.js"]}}});
    for (part, value) in choice {
        let Some(value) = value else { continue };
        let place = part.place.iter().fold(&mut web, |web, key| &mut web[*key]);
        match (place, part.field.as_str()) {
            (Value::Object(settings), "script") => {
                drop(settings.insert("entry".to_owned(), part.values[*value].clone()));
            }
            (Value::Object(settings), field) => {
                drop(settings.insert(field.to_owned(), part.values[*value].clone()));
            }
            (place, _) => *place = part.values[*value].clone(),
        }
    }
    let db = json!({"kind": "script", "name": "db", "block": {
        "settings": {"run": ["true"]}, "ready": {"kind": "exec", "values": ["true"]},
    }});
    let units = json!([{"service": db}, {"service": web}]);
    let declaration = json!({"name": "told", "paths_unchecked": true, "units": units});
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
    Target::new(&ecosystem, &Options::default()).ok()
}

/// What the engine is told of `web`.
fn told(engine: &InMemory, target: &Target) -> Map<String, Value> {
    engine.attributes(target.system().app("web").unwrap())
}

/// What `plan` says is changed in `web`, where it runs as the first target says and the second is meant.
fn planned(engine: &InMemory, before: &Target, after: &Target) -> BTreeSet<String> {
    {
        let mut world = engine.world();
        (world.daemon, world.processes) = (true, Vec::new());
        for definition in Definition::all(engine, before.system()).unwrap() {
            world.start(&definition.start(engine, before.owner(), None)).unwrap();
        }
    }
    let plan = operations::plan(engine, after).unwrap();
    let changed = |app: &str| {
        let step = plan.steps.iter().find(|step| step.app == app).unwrap();
        match &step.action {
            Action::Keep => BTreeSet::new(),
            Action::Change { fields } => fields.iter().map(|field| field.field.clone()).collect(),
            Action::Scale { .. } => BTreeSet::from(["instances".to_owned()]),
            action => panic!("{action:?}"),
        }
    };
    assert_eq!(changed("db"), BTreeSet::new());
    changed("web")
}

#[test]
fn whatever_changes_of_what_the_engine_is_told_is_planned_by_its_name() {
    let home = Home::at("/engines/told-1".into());
    let embedded = Embedded {
        home,
        program: "/nowhere".into(),
        patience: Embedded::PATIENCE,
        is_launched: true,
    };
    let engine = InMemory::taking_apps_as(embedded);
    let parts = parts();
    // What `plan` names besides: a variable of its own, and what is ignored because it is a log.
    let ignored: &[&str] = &["ignore_watch"];
    let besides: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("port", &["env.PORT"][..]),
        ("watch", ignored),
        ("out_file", ignored),
        ("error_file", ignored),
        ("log_file", ignored),
        ("pid_file", ignored),
    ]);
    let mut seen = BTreeSet::new();
    let mut unseen = BTreeSet::new();
    let mut wrong: BTreeMap<&str, String> = BTreeMap::new();
    for seed in 0..u64::from(effort::of(200)) {
        let mut dice = Dice::from_seed(seed);
        for part in &parts {
            // Some other parts, which stay.
            let others = parts.iter().filter(|other| other.field != part.field);
            let mut kept: BTreeMap<&str, &Part> = BTreeMap::new();
            for other in others.filter(|_| dice.once_in(8)) {
                kept.insert(&other.field, other);
            }
            let kept: Choice<'_> = kept.into_values().map(|part| (part, Some(0))).collect();
            let [from, to] = *dice.choose(&[
                [Some(0), Some(1)],
                [None, Some(0)],
                [Some(0), None],
                [Some(1), Some(0)],
            ]);
            let with = |value| target(&[&[(part, value)], kept.as_slice()].concat());
            let (Some(before), Some(after)) = (with(from), with(to)) else { continue };
            let planned = planned(&engine, &before, &after);
            let context = || {
                let kept: Vec<&str> = kept.iter().map(|(part, _)| part.field.as_str()).collect();
                format!("seed {seed}: {} from {from:?} to {to:?}, with {kept:?}", part.field)
            };
            let besides = besides.get(part.field.as_str()).copied().unwrap_or_default();
            let is_meant =
                |field: &String| *field == part.field || besides.contains(&field.as_str());
            let is_told = told(&engine, &before) != told(&engine, &after);
            if !planned.iter().all(is_meant) || is_told && !planned.contains(&part.field) {
                wrong.insert(&part.field, format!("{}: {planned:?}", context()));
            }
            if is_told {
                seen.insert(part.field.as_str());
            }
            if planned.is_empty() {
                unseen.insert(part.field.as_str());
            }
        }
    }
    assert_eq!(wrong, BTreeMap::new());
    // What the engine makes something of, it is told; `port` is a variable for it.
    let is_unused = |field: &str| {
        let mut attributes = ATTRIBUTES.iter();
        field == "port"
            || attributes
                .any(|(name, support)| *name == field && matches!(support, Support::Unused(_)))
    };
    let fields = parts.iter().map(|part| part.field.as_str());
    let told: BTreeSet<&str> = fields.filter(|field| !is_unused(field)).collect();
    assert_eq!(seen, told);
    // The rest is a change, too, for whoever goes back to PM2.
    assert_eq!(unseen, BTreeSet::new());
}
