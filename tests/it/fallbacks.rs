//! Variables with several sources: what is emitted for Node and for a shell means what our own reading
//! means, in any environment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use promethean::declaration::{Declaration, EnvValue};
use promethean::emit::launch::{self, Shell, Via};
use promethean::emit::{self, Config, LeftOut};
use promethean::secrets::{Environment, EnvironmentError, Reader};
use promethean::span_id::Spanned;
use promethean::{Ecosystem, Options, System};
use promethean_test_support::node::Oracle;
use promethean_test_support::{files, node, random};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// The variables that are read. The first two are also variables of the app.
const NAMES: [&str; 4] = ["CHAIN_A", "CHAIN_B", "CHAIN_C", "CHAIN_D"];
const KEYS: [&str; 5] = ["CHAIN_A", "CHAIN_B", "FIRST", "SECOND", "THIRD"];

type Variables = BTreeMap<String, String>;

/// Where the service itself listens.
fn reference() -> impl Strategy<Value = EnvValue> {
    let reference = |part, append: Option<&str>| {
        let mut to = json!({"part": part, "unit": ["web"]});
        if let Some(append) = append {
            to["append"] = append.into();
        }
        serde_json::from_value::<EnvValue>(json!({ "endpoint": to })).unwrap()
    };
    select(vec![
        reference("url", None),
        reference("url", Some("/v1")),
        reference("url", Some("/{secret CHAIN_C}")),
        reference("address", None),
        reference("port", None),
    ])
}

fn chain() -> impl Strategy<Value = EnvValue> {
    let source =
        || prop_oneof![4 => random::source(NAMES.to_vec(), NAMES.to_vec()), 1 => reference()];
    let text = random::text().prop_map(|text| promethean::text::escape(&text));
    let text = text.prop_map(|text| EnvValue::Text(Spanned::nowhere(text.into())));
    let last = prop_oneof![4 => text, 3 => Just(EnvValue::Unset), 1 => source()];
    prop_oneof![
        4 => random::chains(prop::collection::vec(source(), 1..4), last),
        1 => source(),
    ]
}

/// Each name is not set, empty, or set.
fn environment() -> impl Strategy<Value = Variables> {
    let value = prop_oneof![Just(String::new()), random::text(), "[a-z]{1,4}"];
    let value = value.prop_filter("no environment has it", |value| !value.contains('\0'));
    prop::collection::btree_map(select(NAMES.to_vec()).prop_map(str::to_owned), value, 0..=4)
}

fn system(env: &BTreeMap<&str, EnvValue>, secrets: &str) -> System {
    let listen = json!([{"scheme": "http", "at": 8123}]);
    let block =
        json!({"settings": {"run": ["node", node::recorder()]}, "env": env, "listen": listen});
    let service = json!({"kind": "script", "name": "web", "block": block});
    let declaration: Declaration =
        serde_json::from_value(json!({"secrets": secrets, "units": [{"service": service}]}))
            .unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, "/".to_owned(), &[]);
    ecosystem.resolve(&Options::default()).unwrap()
}

/// What our own reading gives.
fn read(system: &System, variables: &Variables) -> Result<Environment, EnvironmentError> {
    Reader::in_environment(variables.clone()).environment(&system.apps[0])
}

#[test]
fn node_a_shell_and_our_own_reading_agree() {
    let (_guard, root) = files::directory();
    let file = root.join("ecosystem.config.cjs");
    let oracle = RefCell::new(Oracle::start());
    let env = prop::collection::btree_map(select(KEYS.to_vec()), chain(), 1..5);
    TestRunner::new(random::cases(250))
        .run(&(env, environment()), |(env, variables)| {
            let system = system(&env, "no/such/file");
            let app = &system.apps[0];
            let ours = read(&system, &variables);

            fs::write(&file, emit::javascript(&system, None)).unwrap();
            let loaded = oracle.borrow_mut().load(file.as_std_path(), &json!(variables));
            let line = launch::line(app, Shell::Sh, Via::Program, &Reader::new()).unwrap().text;
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(&line).env_clear().envs(&variables);
            let shell = shell.env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap();

            let Ok(ours) = ours else {
                prop_assert!(loaded["error"].is_string(), "{loaded} for {env:?}");
                prop_assert!(!shell.status.success() && shell.stdout.is_empty(), "{line}");
                return Ok(());
            };
            prop_assert!(shell.status.success(), "{}", String::from_utf8_lossy(&shell.stderr));
            let seen: Value = serde_json::from_slice(&shell.stdout).unwrap();
            let node = &loaded["config"]["apps"][0]["env"];
            for key in env.keys() {
                let expected = ours.get(key).map_or(Value::Null, Value::from);
                prop_assert_eq!(&node[key], &expected, "Node: {} {}", key, loaded["error"]);
                prop_assert_eq!(&seen["env"][key], &expected, "sh: {} in {}", key, line);
            }
            Ok(())
        })
        .unwrap();
}

/// With secrets in a file, which a shell does not read.
#[test]
fn node_and_our_own_reading_agree_on_files() {
    let (_guard, root) = files::directory();
    let (file, tokens) = (root.join("ecosystem.config.cjs"), root.join(".tokens"));
    let oracle = RefCell::new(Oracle::start());
    let env = prop::collection::btree_map(select(KEYS.to_vec()), chain(), 1..5);
    let stored = prop::collection::btree_map(select(NAMES.to_vec()), "[a-z]{0,3}", 0..3);
    TestRunner::new(random::cases(250))
        .run(&(env, environment(), stored), |(env, variables, stored)| {
            let lines: Vec<String> =
                stored.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            fs::write(&tokens, lines.concat()).unwrap();
            let system = system(&env, tokens.as_str());
            fs::write(&file, emit::javascript(&system, None)).unwrap();
            let loaded = oracle.borrow_mut().load(file.as_std_path(), &json!(variables));
            let Ok(ours) = read(&system, &variables) else {
                prop_assert!(loaded["error"].is_string(), "{loaded} for {env:?}");
                return Ok(());
            };
            let node = &loaded["config"]["apps"][0]["env"];
            for key in env.keys() {
                let expected = ours.get(key).map_or(Value::Null, Value::from);
                prop_assert_eq!(&node[key], &expected, "{} {}", key, loaded["error"]);
            }
            Ok(())
        })
        .unwrap();
}

fn one(value: Value) -> System {
    let value = serde_json::from_value(value).unwrap();
    system(&BTreeMap::from([("TOKEN", value)]), "/no/such/file")
}

#[test]
fn what_no_source_has_is_named_with_all_sources() {
    let system = one(json!({"or": [{"secret": null}, {"inherit": "LEGACY_TOKEN"}]}));
    let error = read(&system, &Variables::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "web: TOKEN has no value: the secret `TOKEN` is neither in /no/such/file nor in the \
         environment, and LEGACY_TOKEN is not set\n  \
         help: set one of them, or end the line with `or unset` to leave TOKEN out"
    );
    let shell = Command::new("sh")
        .arg("-c")
        .arg(launch::line(&system.apps[0], Shell::Sh, Via::Program, &Reader::new()).unwrap().text)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&shell.stderr).into_owned();
    assert!(said.contains("TOKEN has no value: set TOKEN or LEGACY_TOKEN"), "{said}");
}

/// What stands behind a reference is for an append that is not there.
#[test]
fn a_url_falls_back_where_its_path_has_a_secret() {
    let to = json!({"part": "url", "unit": ["web"], "append": "/{secret CHAIN_A}"});
    let system = one(json!({"or": [{"endpoint": to}, {"inherit": "CHAIN_B"}, {"unset": true}]}));
    let token = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        read(&system, &variables.collect()).unwrap().get("TOKEN").map(str::to_owned)
    };
    assert_eq!(token(&[("CHAIN_A", "key")]).as_deref(), Some("http://127.0.0.1:8123/key"));
    assert_eq!(token(&[("CHAIN_B", "http://other")]).as_deref(), Some("http://other"));
    assert_eq!(token(&[]), None);
}

#[test]
fn a_secret_that_falls_back_is_optional_and_still_a_secret() {
    let system = one(json!({"or": [{"secret": null}, "public"]}));
    let read_in = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        read(&system, &variables.collect()).unwrap()
    };
    assert_eq!(read_in(&[]).get("TOKEN"), Some("public"));
    let hidden = read_in(&[("TOKEN", "hunter2")]);
    assert_eq!(hidden.get("TOKEN"), Some("hunter2"));
    let left_out = LeftOut::of(&system, false);
    assert_eq!(left_out.secrets.keys().collect::<Vec<_>>(), ["TOKEN"]);
    let json = emit::json(&Config::new(&system));
    let shown = format!("{hidden:?} {system:?} {json}");
    assert!(!shown.contains("hunter2"), "{shown}");
    // It is in the environment of the shell, and in no argument.
    let line = launch::line(&system.apps[0], Shell::Sh, Via::Program, &Reader::new()).unwrap().text;
    assert!(!line.split_once("exec ").unwrap().1.contains("TOKEN"), "{line}");
}

#[test]
fn a_variable_that_is_left_out_is_not_that_of_this_process() {
    let system = one(json!({"or": [{"inherit": "CHAIN_A"}, {"unset": true}]}));
    let environment = read(&system, &Variables::new()).unwrap();
    let command = system.apps[0].command_in(&environment);
    let token = command.get_envs().find(|(name, _)| *name == "TOKEN").unwrap();
    assert_eq!(token.1, None);
    assert_eq!(emit::json(&Config::new(&system)).matches("TOKEN").count(), 0);
}

/// PowerShell is not run here: what it is given has the branches in their order.
#[test]
fn powershell_has_a_branch_for_each_source() {
    let sources = [json!({"secret": "A"}), json!("{inherit B}/{secret C}"), json!({"unset": true})];
    let system = one(json!({"or": sources}));
    let shell = Shell::PowerShell;
    let line = launch::line(&system.apps[0], shell, Via::Program, &Reader::new()).unwrap().text;
    assert!(
        line.contains(
            "$(if ($before.ContainsKey('A')) { (Need 'A') } \
             elseif ($before.ContainsKey('B') -and $before.ContainsKey('C')) \
             { (Need 'B') + '/' + (Need 'C') } else { [NullString]::Value })"
        ),
        "{line}"
    );
}
