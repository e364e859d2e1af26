//! What the table of attributes says is true: `check` rejects what it calls rejected, and nothing else.

use std::ffi::OsStr;

use promethean::attribute::{Attribute, Form, Setting, Type, WATCH_OPTIONS};
use promethean::declaration::Declaration;
use promethean::engine::{Launch, Owner, Place as _};
use promethean::handle::Ecosystem;
use promethean::supervisor::Embedded;
use promethean::supervisor::attributes::{ATTRIBUTES, Support};
use promethean::{App, Options};
use serde_json::json;

/// A service with a value for an attribute.
fn app(attribute: &Attribute) -> App {
    let given = match (attribute.form, attribute.types) {
        (Form::Object, _) if attribute.name == "watch_options" => json!({"usePolling": [true]}),
        (_, _) if attribute.name == "log_date_format" => json!(["YYYY-MM-DD HH:mm:ss"]),
        (Form::Object, _) => json!({"key": ["value"]}),
        (_, [Type::Boolean, ..]) => json!([true]),
        (_, [Type::Integer { .. }, ..]) => json!([2]),
        (_, [Type::Duration { .. }, ..]) => json!([{"duration": "2s"}]),
        (_, [Type::Size, ..]) => json!([{"size": "100M"}]),
        (_, [Type::Choice(words), ..]) => json!([{"word": words[0]}]),
        (_, [Type::Cron, ..]) => json!(["0 4 * * *"]),
        (_, [Type::Name, ..]) => json!([{"word": "NAME"}]),
        (_, _) => json!(["some"]),
    };
    with(attribute, &given)
}

/// A service with this value for an attribute, as JSON has it.
fn with(attribute: &Attribute, given: &serde_json::Value) -> App {
    let kind = attribute.kinds.last().unwrap().word();
    let mut settings = json!({ attribute.name: given });
    match kind {
        "script" => settings["run"] = json!(["./run.sh"]),
        _ => settings["entry"] = json!(["index.js"]),
    }
    let declaration = json!({"units": [{"service": {
        "kind": kind, "name": "web", "block": {"settings": settings},
    }}]});
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
    let resolved = ecosystem.resolve(&Options::default());
    resolved.unwrap_or_else(|error| panic!("{}: {error}", attribute.name)).apps.remove(0)
}

/// What `check` says of an app: each finding with its help.
fn said(app: &App) -> Vec<(String, String)> {
    let owner = Owner { name: "attributes".to_owned(), root: "/repo".into(), declared: None };
    let engine = Embedded::of(&owner).unwrap();
    let launch = Launch {
        engine: Embedded::NAME,
        app,
        path: OsStr::new(""),
        variables: &[],
        longest: 1 << 17,
    };
    let found = engine.limits().iter().filter_map(|limit| (limit.check)(&launch));
    found.map(|exceeded| (exceeded.message, exceeded.help)).collect()
}

#[test]
fn only_what_the_table_calls_rejected_is_rejected() {
    for (name, support) in ATTRIBUTES {
        // Whether there is such a user depends on the machine.
        if matches!(name, "uid" | "gid") {
            continue;
        }
        let app = app(Attribute::find(name).unwrap());
        let said: Vec<String> = said(&app).into_iter().map(|(message, _)| message).collect();
        match support {
            Support::Rejected(why) => {
                let expected = format!("the embedded engine does not support `{name}`: {why}");
                assert_eq!(said, [expected]);
            }
            Support::Same | Support::But(_) | Support::Unused(_) => {
                assert_eq!(said, [""; 0], "{name}");
            }
        }
    }
}

/// What an option changes of what is seen, the engine knows or rejects.
#[test]
fn each_option_of_watch_is_known_or_rejected() {
    let attribute = Attribute::find("watch_options").unwrap();
    for option in WATCH_OPTIONS {
        let (values, rejected) = match option.name {
            "usePolling"
            | "followSymlinks"
            | "disableGlobbing"
            | "alwaysStat"
            | "useFsEvents"
            | "ignorePermissionErrors"
            | "persistent" => (vec![json!(true), json!(false)], vec![]),
            "interval" | "binaryInterval" => (vec![json!(50), json!({"duration": "1s"})], vec![]),
            "atomic" => (vec![json!(true), json!(50), json!({"duration": "1s"})], vec![]),
            "ignoreInitial" => (vec![json!(true)], vec![json!(false)]),
            "awaitWriteFinish" => (vec![json!(false)], vec![json!(true)]),
            "depth" => (vec![], vec![json!(2)]),
            "cwd" | "ignored" => (vec![], vec![json!("some")]),
            other => panic!("does the engine know `{other}`?"),
        };
        let given = |value: &serde_json::Value| {
            let mut app = with(attribute, &json!({ option.name: [value] }));
            app.settings.push((Attribute::find("watch").unwrap(), Setting::Boolean(true)));
            said(&app)
        };
        for value in values {
            assert_eq!(given(&value), [], "{} {value}", option.name);
        }
        let help = match option.name {
            "ignored" => "name what is ignored in `ignore_watch`",
            _ => "remove it, or use `--engine pm2`",
        };
        for value in rejected {
            let name = option.name;
            let message =
                format!("the embedded engine does not support `{name}` in `watch_options`");
            assert_eq!(given(&value), [(message, help.to_owned())], "{value}");
        }
    }
}
