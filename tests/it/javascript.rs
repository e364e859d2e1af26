//! The emitted `.config.cjs` in real Node.

use std::cell::RefCell;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use promethean::app::Variable;
use promethean::declaration::Declaration;
use promethean::emit::{self, Config};
use promethean::secrets::{Environment, Reader, parse_dotenv};
use promethean::{Ecosystem, Options, System};
use promethean_test_support::files;
use promethean_test_support::node::Oracle;
use promethean_test_support::random::{self, INHERITED, SECRETS};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// A directory with the secrets of random ecosystems in it.
fn directory_with_secrets() -> (tempfile::TempDir, Utf8PathBuf) {
    let (guard, directory) = files::directory();
    let lines: Vec<String> = SECRETS
        .iter()
        .map(|(name, value)| {
            format!(
                "{name}={}
",
                quoted(value)
            )
        })
        .collect();
    fs::write(directory.join(".tokens"), lines.concat()).unwrap();
    (guard, directory)
}

/// In double quotes, a line end is `\n` and the quotes inside stay.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\n', "\\n"))
}

fn resolve(declaration: Declaration, root: &Utf8Path) -> System {
    let ecosystem = Ecosystem::from_declaration(declaration, root.to_string(), &[]);
    ecosystem.resolve(&Options::default()).unwrap()
}

fn inherited() -> Value {
    INHERITED.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

/// The configuration as JSON, with everything in it that the module reads.
fn expected(system: &System, environments: &[Environment]) -> Value {
    let text = emit::json(&Config::revealing(system, environments));
    let mut config: Value = serde_json::from_str(&text).unwrap();
    for (app, entry) in system.apps.iter().zip(config["apps"].as_array_mut().unwrap()) {
        let reader = Reader::in_environment(
            INHERITED.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let environment = reader.environment(app).unwrap();
        // The module has an object for them also where none is set.
        if app.env.iter().any(|(_, variable)| matches!(variable, Variable::Read(_))) {
            let object = entry.as_object_mut().unwrap();
            object.entry("env").or_insert_with(|| json!({}));
        }
        for (key, _) in app.env.iter().filter(|(_, variable)| variable.reads_inherited()) {
            if let Some(value) = environment.get(key) {
                entry["env"][key.as_str()] = json!(value);
            }
        }
    }
    config
}

#[test]
fn it_loads_to_the_json_plus_the_secrets() {
    let oracle = RefCell::new(Oracle::start());
    let (_guard, root) = directory_with_secrets();
    let file = root.join("ecosystem.config.cjs");
    TestRunner::new(random::cases(400))
        .run(&random::declaration(), |declaration| {
            let system = resolve(declaration, &root);
            let environments = Reader::new().revealed(&system).unwrap();
            // Beside the root's contents, and as it is printed.
            for place in [Some(root.as_path()), None] {
                fs::write(&file, emit::javascript(&system, place)).unwrap();
                let loaded = oracle.borrow_mut().load(file.as_std_path(), &inherited());
                prop_assert_eq!(
                    &loaded["config"],
                    &expected(&system, &environments),
                    "{}",
                    loaded["error"]
                );
            }
            Ok(())
        })
        .unwrap();
}

fn small(json: Value) -> Declaration {
    serde_json::from_value(json).unwrap()
}

#[test]
fn it_works_in_every_checkout() {
    let (_guard, root) = files::directory();
    let system = resolve(
        small(json!({"root": "code", "units": [{"service": {
            "kind": "node", "name": "web", "directory": "web",
            "block": {"env": {"LIBRARY": "{root}/lib:{root}2:{root}"}}
        }}]})),
        &root,
    );
    let (_other_guard, elsewhere) = files::directory();
    for place in ["", "code", "code/deploy/pm2"] {
        let text = emit::javascript(&system, Some(&root.join(place)));
        assert!(!text.contains(root.as_str()) || text.contains("code2"), "{text}");
        fs::create_dir_all(elsewhere.join(place)).unwrap();
        let file = elsewhere.join(place).join("ecosystem.config.cjs");
        fs::write(&file, text).unwrap();
        let app = &Oracle::start().load(file.as_std_path(), &json!({}))["config"]["apps"][0];
        assert_eq!(app["cwd"], json!(elsewhere.join("code/web")));
        let library = app["env"]["LIBRARY"].as_str().unwrap();
        let expected = format!("{elsewhere}/code/lib:{root}/code2:{elsewhere}/code");
        assert_eq!(library, expected);
    }
}

#[test]
fn what_it_needs_and_does_not_find_is_named_all_at_once() {
    let (_guard, root) = files::directory();
    let system = resolve(
        small(json!({"secrets": ".tokens", "units": [{"service": {
            "kind": "node", "name": "web",
            "block": {
                "settings": {"env_file": [".env"]},
                "env": {"TOKEN": {"secret": "PROMETHEAN_TEST_UNSET"}, "HOST": {"inherit": "PROMETHEAN_TEST_UNSET_TOO"},
                        "BOTH": {"or": [{"secret": "PROMETHEAN_TEST_UNSET"}, {"inherit": "PROMETHEAN_TEST_UNSET_TOO"}]},
                        "OPTIONAL": {"or": [{"secret": "PROMETHEAN_TEST_UNSET"}, {"unset": true}]}}
            }
        }}]})),
        &root,
    );
    let file = root.join("ecosystem.config.cjs");
    fs::write(&file, emit::javascript(&system, Some(&root))).unwrap();
    let error =
        Oracle::start().load(file.as_std_path(), &json!({}))["error"].as_str().unwrap().to_owned();
    let expected = format!(
        "web: the env_file {root}/.env does not exist\n\
         web: the secret PROMETHEAN_TEST_UNSET is neither in {root}/.tokens nor in the environment\n\
         web: PROMETHEAN_TEST_UNSET_TOO is not set\n\
         web: BOTH has no value: set PROMETHEAN_TEST_UNSET or PROMETHEAN_TEST_UNSET_TOO"
    );
    assert_eq!(sorted(&error), sorted(&expected));
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// The values of a file lie between those of weaker layers and those of its own block.
#[test]
fn a_file_stands_in_the_layer_that_names_it() {
    let (_guard, root) = files::directory();
    fs::write(root.join(".env"), "WEAKER=file\nSTRONGER=file\nONLY=file\n").unwrap();
    let system = resolve(
        small(json!({
            "defaults": {"env": {"WEAKER": "defaults", "OTHER": "defaults"}},
            "units": [{"service": {
                "kind": "node", "name": "web",
                "block": {"settings": {"env_file": [".env"]}, "env": {"STRONGER": "service"}}
            }}]
        })),
        &root,
    );
    let expected =
        json!({"WEAKER": "file", "OTHER": "defaults", "ONLY": "file", "STRONGER": "service"});
    let environment = Reader::new().environment(&system.apps[0]).unwrap();
    let read: Value =
        environment.iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
    assert_eq!(read, expected);
    let file = root.join("ecosystem.config.cjs");
    fs::write(&file, emit::javascript(&system, Some(&root))).unwrap();
    let loaded = Oracle::start().load(file.as_std_path(), &json!({}));
    assert_eq!(loaded["config"]["apps"][0]["env"], expected);
}

#[test]
fn two_agents_of_one_template_have_a_token_each() {
    let (_guard, root) = files::directory();
    fs::write(root.join("duck.env"), "TOKEN=duck\n").unwrap();
    fs::write(root.join("owl.env"), "TOKEN=owl\n").unwrap();
    fs::write(root.join("all.env"), "TOKEN=all\nSHARED=all\n").unwrap();
    let agent = |name: &str| {
        json!({"agent": {
            "name": name, "template": "bot",
            "block": {"settings": {"secrets": [format!("{name}.env")]}}
        }})
    };
    let system = resolve(
        small(json!({
            "secrets": "all.env",
            "templates": [{"name": "bot", "services": [{"kind": "node", "name": "talk", "block": {
                "env": {"TOKEN": {"secret": null}, "SHARED": {"secret": null}}
            }}]}],
            "units": [agent("duck"), agent("owl")]
        })),
        &root,
    );
    let environments = Reader::new().environments(&system).unwrap();
    let tokens: Vec<_> =
        environments.iter().map(|env| (env.get("TOKEN"), env.get("SHARED"))).collect();
    assert_eq!(tokens, [(Some("duck"), Some("all")), (Some("owl"), Some("all"))]);
    let shown = format!("{environments:?} {system:?}");
    assert!(
        !shown.contains("\"duck\")]") && !shown.contains("=duck") && !shown.contains("\"all\""),
        "{shown}"
    );
}

/// Both readers of dotenv files agree with the npm package.
#[test]
fn dotenv_files_are_read_as_the_npm_package_reads_them() {
    let oracle = RefCell::new(Oracle::start());
    let line = prop_oneof![
        "[A-Z_]{1,4}(=| = |: |=)[ -~]{0,12}",
        "(export )?[A-Z]{1,2}=\"[a-z \\\\n#$'`]{0,8}\"( # why)?",
        "[A-Z]{1,2}='[a-z \\\\n#$\"]{0,8}'",
        "[A-Z]{1,2}=`[a-z \n#$\"']{0,8}`",
        "[A-Z]='a'[ \u{feff}\u{a0}]#[ -~é]{0,6}",
        "[ -~]{0,10}",
        // Only JavaScript takes the last two for ends of lines, and only Unicode the first for space.
        "[AB]=[a#'\"` \u{85}\u{2028}\u{2029}\n]{0,8}",
        "[AB=: a'\"#\u{85}\u{2028}\u{2029}]{0,14}",
        Just("A=\"two\nlines\"".to_owned()),
    ];
    let ends = prop_oneof![
        4 => Just("\n"),
        2 => Just("\r\n"),
        2 => Just("\r"),
        1 => Just("\u{85}"),
        1 => Just("\u{2028}"),
        1 => Just("\u{2029}"),
    ];
    let lines = prop::collection::vec((line, ends), 0..8).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, end)| [line, end.to_owned()]).collect::<String>()
    });
    let mark = prop_oneof![Just(""), Just("\u{feff}")];
    let text = (mark, lines).prop_map(|(mark, lines)| format!("{mark}{lines}"));
    TestRunner::new(random::cases(3_000))
        .run(&text, |text| {
            let ours: Value =
                parse_dotenv(&text).into_iter().map(|(key, value)| (key, json!(value))).collect();
            prop_assert_eq!(ours, oracle.borrow_mut().dotenv(&text), "{:?}", text);
            Ok(())
        })
        .unwrap();
}
