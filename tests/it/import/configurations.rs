//! Random configurations mean the same when they have been imported.

use std::collections::BTreeMap;
use std::fs;

use camino::Utf8PathBuf;
use promethean_cli::import::{Options, Verification, import};
use promethean_test_support::files::directory;
use promethean_test_support::random;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{Batch, options, resolved};

/// A value for an attribute as PM2 takes it.
fn attribute() -> impl Strategy<Value = (String, Value)> {
    let one = |name: &str, values: Vec<Value>| {
        let name = name.to_owned();
        prop::sample::select(values).prop_map(move |value| (name.clone(), value)).boxed()
    };
    prop_oneof![
        one("instances", vec![json!(1), json!(2), json!("max"), json!(0), json!("4"), json!(-1)]),
        one("autorestart", vec![json!(true), json!(false)]),
        one("mergeLogs", vec![json!(true), json!(false)]),
        one("vizion", vec![json!(true), json!(false)]),
        one("restart_delay", vec![json!(0), json!(10_000), json!("3000"), json!(1_500)]),
        one("kill_timeout", vec![json!(5_000), json!(7_200_000), json!(1)]),
        one("max_restarts", vec![json!(0), json!(5), json!("16")]),
        one("min_uptime", vec![json!("10s"), json!("1h"), json!(1_000), json!("5000")]),
        one(
            "max_memory_restart",
            vec![json!("300M"), json!("1G"), json!("1024"), json!(1_000_000), json!("12K")]
        ),
        one("watch", vec![json!(true), json!(false), json!("src"), json!(["src", "./lib"])]),
        one("ignore_watch", vec![json!("a b"), json!(["logs", "*.tmp"])]),
        one("out", vec![json!("./logs/out.log"), json!("/dev/null"), json!("NULL")]),
        one("error_file", vec![json!("err.log"), json!("~/err.log")]),
        one("log_date_format", vec![json!("YYYY-MM-DD HH:mm Z")]),
        one("cron", vec![json!("0 4 * * *"), json!("*/5 * * * *")]),
        one("port", vec![json!(3_000), json!("8080")]),
        one("stop_exit_codes", vec![json!(0), json!([0, 143])]),
        one("exp_backoff_restart_delay", vec![json!(100)]),
        one("time", vec![json!(true), json!(false)]),
        one("treekill", vec![json!(false)]),
        one("filter_env", vec![json!("AWS"), json!(["A", "B"]), json!(true)]),
        one("watch_options", vec![json!({"usePolling": true, "interval": 100, "cwd": "x {y}"})]),
    ]
}

fn program_of() -> impl Strategy<Value = Value> {
    let args = prop_oneof![
        prop::collection::vec(random::text(), 0..3).prop_map(|args| json!(args)),
        prop::sample::select(vec![json!("--a 'b c' --d=\"e f\""), json!("start")]),
        random::text().prop_map(|text| json!(text)),
        "[ab ='\"]{0,12}".prop_map(|text| json!(text)),
    ];
    (
        prop::sample::select(vec![
            json!({"script": "."}),
            json!({"script": "./dist/main.js"}),
            json!({"script": "index.js", "interpreter": "node", "node_args": "--inspect -r x"}),
            json!({"exec": "server.ts", "interpreter": "bun"}),
            json!({"script": "main.py"}),
            json!({"script": "main.py", "interpreter": "python3"}),
            json!({"script": "python3", "args_before": ["-m", "jobs"], "interpreter": "none"}),
            json!({"script": "pipenv", "args_before": ["run", "python", "-m", "bot"], "interpreter": "none"}),
            json!({"script": "npm", "args_before": ["run", "dev", "--"], "interpreter": "none"}),
            json!({"script": "./run.sh"}),
            json!({"script": "docker", "interpreter": "none"}),
        ]),
        args,
    )
        .prop_map(|(mut program, args)| {
            let before = program.as_object_mut().unwrap().remove("args_before");
            let mut line: Vec<Value> = before.and_then(|before| before.as_array().cloned()).unwrap_or_default();
            match args {
                Value::Array(args) => line.extend(args.into_iter().filter(|arg| *arg != json!(""))),
                text if line.is_empty() => {
                    program["args"] = text;
                    return program;
                }
                _ => {}
            }
            // npm has no `--` before nothing.
            if line.last() == Some(&json!("--")) && program["script"] == "npm" {
                line.pop();
            }
            program["args"] = json!(line);
            program
        })
}

fn environment() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        3 => random::text().prop_map(|text| json!(text)),
        1 => any::<i32>().prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(|boolean| json!(boolean)),
        1 => prop::sample::select(vec![json!(null), json!([1, "a"]), json!({"a": {"b": 1.5}}), json!("name"), json!("app_0")]),
    ];
    let key = prop_oneof![
        "[A-Z]{1,3}_?[A-D]",
        prop::sample::select(vec!["my.key", "with space", "unset"]).prop_map(str::to_owned)
    ];
    prop::collection::btree_map(key, value, 0..5).prop_map(|env| json!(env))
}

/// A port of few, so that two apps may have it, and others name it.
fn port() -> impl Strategy<Value = Option<u16>> {
    prop::option::of(3_001_u16..3_006)
}

/// What configurations write of the ports of others, and of their own.
fn addresses() -> impl Strategy<Value = BTreeMap<String, String>> {
    let host = || prop::sample::select(vec!["localhost", "127.0.0.1", "0.0.0.0", "xlocalhost"]);
    let scheme = || prop::sample::select(vec!["http", "http", "ws", "redis", "HTTP"]);
    let address = move || {
        (
            scheme(),
            host(),
            3_001_u16..3_007,
            prop::sample::select(vec!["", "/v1", "?a=1", "0", "x{y}"]),
        )
            .prop_map(|(scheme, host, port, rest)| {
                (format!("{host}:{port}"), format!("{scheme}://{host}:{port}{rest}"))
            })
    };
    let text = prop_oneof![
        3 => address().prop_map(|(_, url)| url),
        1 => address().prop_map(|(address, _)| address),
        1 => (address(), address()).prop_map(|((_, one), (_, other))| format!("{one},{other}")),
        1 => address().prop_map(|(address, _)| format!("http://user:@{address}/x")),
    ];
    prop::collection::btree_map(
        prop::sample::select(vec!["UPSTREAM", "PUBLIC_URL", "CORS"]).prop_map(str::to_owned),
        text,
        0..3,
    )
}

/// Configurations that PM2 takes and the language has a place for.
fn configuration() -> impl Strategy<Value = Value> {
    let env = || {
        (environment(), port(), addresses()).prop_map(|(mut env, port, addresses)| {
            for (key, text) in addresses {
                env[key] = json!(text);
            }
            if let Some(port) = port {
                env["PORT"] = json!(port);
            }
            env
        })
    };
    let app = (
        program_of(),
        prop::collection::vec(attribute(), 0..6),
        env(),
        prop::option::of(env()),
        prop::option::of(prop::sample::select(vec![
            "services/a",
            "./services/b",
            "../elsewhere",
            "/srv/x",
        ])),
    );
    let shared = (prop::collection::vec(attribute(), 0..4), environment());
    (
        prop::collection::vec(app, 1..6),
        shared,
        prop::sample::select(vec!["app_", "app-", "duck_", "agents"]),
    )
        .prop_map(|(apps, (common, common_env), prefix)| {
            let apps = apps.into_iter().enumerate().map(
                |(index, (mut app, attributes, env, production, cwd))| {
                    for (key, value) in common.iter().cloned().chain(attributes) {
                        app[key] = value;
                    }
                    app["name"] = match prefix {
                        // Two agents of the same services.
                        "agents" => {
                            json!(format!("{}_part{}", ["duck", "owl"][index % 2], index / 2))
                        }
                        prefix => json!(format!("{prefix}{index}")),
                    };
                    if prefix == "duck_" && index < 3 {
                        app["namespace"] = json!("duck");
                    } else if index % 3 == 1 {
                        app["namespace"] = json!("shop");
                    }
                    let mut all = common_env.clone();
                    all.as_object_mut().unwrap().extend(env.as_object().unwrap().clone());
                    if prefix == "agents" {
                        all["WHOSE"] = json!(["Duck", "Owl"][index % 2]);
                    }
                    app["env"] = all;
                    if let Some(production) = production {
                        app["env_production"] = production;
                    }
                    if let Some(cwd) = cwd {
                        app["cwd"] = json!(cwd);
                    }
                    // PM2 takes one of the two and drops the other.
                    if app.get("exp_backoff_restart_delay").is_some() {
                        app.as_object_mut().unwrap().remove("restart_delay");
                    }
                    app
                },
            );
            json!({"apps": apps.collect::<Vec<_>>()})
        })
}

pub fn random_configurations_mean_the_same() {
    const COMPILED: usize = 60;
    let (_guard, folder) = directory();
    let mut batch = Batch::new("imported-random");
    let file = folder.join("ecosystem.json");
    let expected = std::cell::RefCell::new(BTreeMap::new());
    let mut runner = TestRunner::new(random::cases(200));
    let count = std::cell::Cell::new(0);
    let batch_folder = Utf8PathBuf::from_path_buf(batch.folder.canonicalize().unwrap()).unwrap();
    let files = std::cell::RefCell::new(&mut batch);
    runner
        .run(&configuration(), |configuration| {
            fs::write(&file, serde_json::to_string_pretty(&configuration).unwrap()).unwrap();
            let options = Options { package: Some(batch_folder.clone()), ..options() };
            let imported = import(&file, &options);
            let imported = imported.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let Verification::Compared { differences, rejections, .. } = &imported.verification
            else {
                return Err(TestCaseError::fail("PM2 is there"));
            };
            prop_assert_eq!(rejections, &[""; 0]);
            let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
            prop_assert_eq!(differences, [""; 0], "{}", imported.source);
            let number = count.replace(count.get() + 1);
            if number < COMPILED {
                let module = format!("random_{number}");
                fs::write(files.borrow_mut().file(&module), &imported.source).unwrap();
                expected
                    .borrow_mut()
                    .insert(module, resolved(imported.declaration, batch_folder.as_std_path()));
            }
            Ok(())
        })
        .unwrap();
    let emitted = batch.emitted();
    assert_eq!(emitted.len(), count.get().min(COMPILED));
    assert_eq!(emitted, expected.into_inner());
}
