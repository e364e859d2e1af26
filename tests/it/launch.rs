//! Launch lines, run by a real `sh`: everything arrives byte for byte.

use std::fs;
use std::process::{Command, Output};

use camino::Utf8Path;
use promethean::declaration::Declaration;
use promethean::emit::launch::{self, Shell, Via};
use promethean::secrets::Reader;
use promethean::{App, Ecosystem, Options};
use promethean_test_support::{files, node, random};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

fn app(declaration: Value, root: &Utf8Path) -> App {
    let declaration: Declaration = serde_json::from_value(declaration).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    ecosystem.resolve(&Options::default()).unwrap().apps.remove(0)
}

fn escaped(text: &str) -> String {
    promethean::text::escape(text)
}

/// Runs the line of an app, with these variables in the shell.
fn run(app: &App, variables: &[(&str, &str)]) -> Output {
    let line = launch::line(app, Shell::Sh, Via::Program, &Reader::new()).unwrap();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(&line.text).envs(variables.iter().copied());
    shell.output().unwrap()
}

fn recorded(output: &Output) -> Value {
    let complaint = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("nothing recorded: {complaint}"))
}

/// A directory's name: anything but what ends a name or is a name of its own.
fn directory_name() -> impl Strategy<Value = String> {
    random::text().prop_map(|text| format!("d{}", text.replace(['/', '\0'], "_")))
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][A-Z0-9_]{0,6}",
        "[a-z.][a-z. -]{0,6}",
        Just("RANDOM".to_owned()),
        Just("-u".to_owned())
    ]
    .prop_filter("what Node or the shell needs itself", |key| {
        !matches!(key.as_str(), "PATH" | "HOME" | "NODE_OPTIONS" | "LD_PRELOAD")
    })
}

#[test]
fn arguments_directories_and_variables_arrive_byte_for_byte() {
    let (_guard, root) = files::directory();
    let cases = (
        prop::collection::vec(random::text(), 0..5),
        directory_name(),
        prop::collection::btree_map(key(), random::text(), 0..4),
        prop::collection::vec((random::text(), random::text()), 0..3),
    );
    TestRunner::new(random::cases(150))
        .run(&cases, |(args, directory, env, secrets)| {
            prop_assume!(fs::create_dir_all(root.join(&directory)).is_ok());
            let mut run_line = vec!["node".to_owned(), node::recorder().to_owned()];
            run_line.extend(args.iter().map(|text| escaped(text)));
            let mut entries: serde_json::Map<String, Value> =
                env.iter().map(|(key, text)| (key.clone(), json!(escaped(text)))).collect();
            let names: Vec<String> =
                (0..secrets.len()).map(|index| format!("STORED_{index}")).collect();
            for (name, (before, _)) in names.iter().zip(&secrets) {
                let text = format!("{}{{secret {name}}}{}", escaped(before), escaped(before));
                entries.insert(format!("SECRET_{name}"), json!(text));
            }
            let app = app(
                json!({"units": [{"service": {
                    "kind": "script", "name": "recorder", "directory": directory,
                    "block": {"settings": {"run": run_line}, "env": entries}
                }}]}),
                &root,
            );
            let values: Vec<String> =
                secrets.iter().map(|(_, secret)| format!("{secret}.")).collect();
            let variables: Vec<(&str, &str)> =
                names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
            let seen = recorded(&run(&app, &variables));
            prop_assert_eq!(&seen["args"], &json!(args));
            prop_assert_eq!(&seen["directory"], &json!(root.join(&directory)));
            for (key, text) in &env {
                prop_assert_eq!(&seen["env"][key], &json!(text), "{}", key);
            }
            for ((name, (before, _)), secret) in names.iter().zip(&secrets).zip(&values) {
                prop_assert_eq!(
                    &seen["env"][format!("SECRET_{name}")],
                    &json!(format!("{before}{secret}{before}"))
                );
            }
            Ok(())
        })
        .unwrap();
}

fn recorder(block: Value) -> Value {
    let mut block = block;
    block["settings"]["run"] = json!(["node", node::recorder()]);
    json!({"units": [{"service": {"kind": "script", "name": "recorder", "block": block}}]})
}

#[test]
fn a_secret_that_is_not_set_fails_loudly_and_nothing_runs() {
    let (_guard, root) = files::directory();
    let app = app(recorder(json!({"env": {"TOKEN": {"secret": "PROMETHEAN_TEST_UNSET"}}})), &root);
    let output = run(&app, &[]);
    assert!(!output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert!(String::from_utf8_lossy(&output.stderr).contains("PROMETHEAN_TEST_UNSET is not set"));
    // An empty value is a value, as it is for `up`.
    let empty = run(&app, &[("PROMETHEAN_TEST_UNSET", "")]);
    assert_eq!(recorded(&empty)["env"]["TOKEN"], json!(""));
}

#[test]
fn inherited_variables_are_those_of_the_shell() {
    let (_guard, root) = files::directory();
    let from = json!({"inherit": "PROMETHEAN_TEST_FROM"});
    let with_default =
        app(recorder(json!({"env": {"HOST": {"or": [from, "it's $x `y` }}"]}}})), &root);
    let host = |variables: &[(&str, &str)]| {
        recorded(&run(&with_default, variables))["env"]["HOST"].clone()
    };
    assert_eq!(host(&[]), json!("it's $x `y` }"));
    assert_eq!(host(&[("PROMETHEAN_TEST_FROM", "")]), json!(""));
    assert_eq!(host(&[("PROMETHEAN_TEST_FROM", "a \"b\" 'c'")]), json!("a \"b\" 'c'"));
    let without = recorder(json!({"env": {"HOST": from}}));
    let output = run(&app(without, &root), &[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("PROMETHEAN_TEST_FROM is not set"));
}

#[test]
fn the_variables_of_a_file_are_references_too() {
    let (_guard, root) = files::directory();
    fs::write(root.join(".env"), "FROM_FILE=do not show\nWRITTEN=file\n").unwrap();
    let block = json!({"settings": {"env_file": [".env"]}, "env": {"WRITTEN": "here"}});
    let app = app(recorder(block), &root);
    let line = launch::line(&app, Shell::Sh, Via::Program, &Reader::new()).unwrap();
    assert!(!line.text.contains("do not show"), "{}", line.text);
    let seen = recorded(&run(&app, &[("FROM_FILE", "from the shell")]));
    assert_eq!(seen["env"]["FROM_FILE"], json!("from the shell"));
    assert_eq!(seen["env"]["WRITTEN"], json!("here"));
}

#[test]
fn the_shell_stays_as_it_was() {
    let (_guard, root) = files::directory();
    fs::create_dir(root.join("services")).unwrap();
    let mut declaration = recorder(json!({"env": {"LEAK": "x"}}));
    declaration["units"][0]["service"]["directory"] = json!("services");
    let line =
        launch::line(&app(declaration, &root), Shell::Sh, Via::Program, &Reader::new()).unwrap();
    let script = format!("{} >/dev/null\necho \"$PWD ${{LEAK-unset}}\"", line.text);
    let output = Command::new("sh").arg("-c").arg(script).current_dir(&root).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{root} unset\n"));
}

#[test]
fn a_secret_is_in_no_argument() {
    let (_guard, root) = files::directory();
    let app = app(recorder(json!({"env": {"TOKEN": {"secret": null}, "A": "b"}})), &root);
    let line = launch::line(&app, Shell::Sh, Via::Program, &Reader::new()).unwrap().text;
    let (before_exec, arguments) = line.split_once("exec ").unwrap();
    assert!(before_exec.contains("TOKEN") && !arguments.contains("TOKEN"), "{line}");
}

#[test]
fn a_name_that_no_shell_can_refer_to_is_an_error() {
    let (_guard, root) = files::directory();
    let app = app(recorder(json!({"env": {"my.token": {"secret": "TOKEN"}}})), &root);
    let error = launch::line(&app, Shell::Sh, Via::Program, &Reader::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "recorder: a shell cannot refer to a variable with the name `my.token`"
    );
}

#[test]
fn a_command_of_the_library_runs_the_app_too() {
    let (_guard, root) = files::directory();
    fs::create_dir(root.join("in here")).unwrap();
    fs::write(root.join(".tokens"), "TOKEN=from the file\n").unwrap();
    let mut declaration = recorder(json!({
        "settings": {"args": ["a b", "$c"], "port": [8000], "secrets": ["../.tokens"]},
        "env": {"PLAIN": "{name}", "TOKEN": {"secret": null}}
    }));
    declaration["units"][0]["service"]["directory"] = json!("in here");
    let app = app(declaration, &root);
    let seen = recorded(&app.command().output().unwrap());
    assert_eq!(seen["args"], json!(["a b", "$c"]));
    assert_eq!(seen["directory"], json!(root.join("in here")));
    assert_eq!((&seen["env"]["PLAIN"], &seen["env"]["PORT"]), (&json!("recorder"), &json!("8000")));
    assert_eq!(seen["env"]["TOKEN"], Value::Null);
    let environment = Reader::new().environment(&app).unwrap();
    let seen = recorded(&app.command_in(&environment).output().unwrap());
    assert_eq!(seen["env"]["TOKEN"], json!("from the file"));
}

/// A relative program is the one in the app's directory, not the one where one stands.
#[test]
fn a_relative_program_is_relative_to_the_directory() {
    let (_guard, root) = files::directory();
    let program = root.join("say");
    files::write_program(&program, "#!/bin/sh\necho \"$0 $1\"\n");
    let app = app(
        json!({"units": [{"service": {"kind": "script", "name": "say", "block": {"settings": {"run": ["./say", "x"]}}}}]}),
        &root,
    );
    assert_eq!(String::from_utf8_lossy(&run(&app, &[]).stdout), "./say x\n");
    let output = app.command().output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{program} x\n"));
}
