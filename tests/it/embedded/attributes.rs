//! What the table of attributes says is true: `check` rejects what it calls rejected, and nothing else.

use std::ffi::OsStr;

use promethean::attribute::{Attribute, Form, Type};
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

#[test]
fn only_what_the_table_calls_rejected_is_rejected() {
    let owner = Owner { name: "attributes".to_owned(), root: "/repo".into(), declared: None };
    let engine = Embedded::of(&owner).unwrap();
    for (name, support) in ATTRIBUTES {
        // Whether there is such a user depends on the machine.
        if matches!(name, "uid" | "gid") {
            continue;
        }
        let app = app(Attribute::find(name).unwrap());
        let launch = Launch {
            engine: Embedded::NAME,
            app: &app,
            path: OsStr::new(""),
            variables: &[],
            longest: 1 << 17,
        };
        let said = engine.limits().iter().filter_map(|limit| (limit.check)(&launch));
        let said: Vec<String> = said.map(|exceeded| exceeded.message).collect();
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
