//! What `promethean_core::emit::source` writes, the macro reads as the same declaration.

use promethean_core::declaration::{
    Agent, Allow, Attribution, Block, Condition, Declaration, Dependency, EndpointPart,
    EndpointReference, EnvEntry, EnvValue, External, Given, Listen, Machine, Probe, ProbeKind,
    Unit, decode_in_halves,
};
use promethean_core::emit::{Comments, source};
use promethean_core::number::Size;
use promethean_core::span_id::{SpanId, Spanned};
use promethean_core::value::Value;
use promethean_test_support::random;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use smol_str::SmolStr;

use crate::literal;
use crate::parse;

fn read(text: &str) -> Declaration {
    let tokens = text.parse().unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let parsed = parse::ecosystem(tokens);
    assert_eq!(parsed.problems, [], "{text}");
    proc_macro2::extra::invalidate_current_thread_spans();
    parsed.declaration
}

/// The language has no literal for a size that is no whole number of K.
fn with_whole_sizes(declaration: &mut Declaration) {
    let Declaration { defaults, templates, units, .. } = declaration;
    in_whole_sizes(defaults);
    for template in templates {
        in_whole_sizes(&mut template.block);
        template.services.iter_mut().for_each(|service| in_whole_sizes(&mut service.block));
    }
    for unit in units {
        match unit {
            Unit::Agent(agent) => {
                in_whole_sizes(&mut agent.block);
                agent.services.iter_mut().for_each(|service| in_whole_sizes(&mut service.block));
                agent.overrides.iter_mut().for_each(|change| in_whole_sizes(&mut change.block));
            }
            Unit::Service(service) => in_whole_sizes(&mut service.block),
            Unit::Include(_) | Unit::External(_) => {}
        }
    }
}

fn in_whole_sizes(block: &mut Block) {
    for setting in &mut block.settings.0 {
        let Given::Values(values) = &mut setting.given else { continue };
        for value in values {
            if let Value::Size(size) = value.value {
                value.value = Value::Size(Size::from_bytes((size.bytes() >> 10).max(1) << 10));
            }
        }
    }
}

#[test]
fn random_declarations_survive_the_way_through_text() {
    let mut runner = TestRunner::new(random::cases(1_000));
    runner
        .run(&random::declaration(), |mut declaration| {
            with_whole_sizes(&mut declaration);
            let text = source(&declaration, &Comments::default(), 1);
            prop_assert_eq!(read(&text), declaration, "{}", text);
            Ok(())
        })
        .unwrap();
}

/// The text that the macro writes has a line for each unit, and two threads read what one would.
#[test]
fn random_declarations_are_read_in_halves() {
    let mut runner = TestRunner::new(random::cases(64));
    runner
        .run(&random::declaration(), |declaration| {
            let json = literal::json(&declaration);
            let whole: Declaration = serde_json::from_str(&json).unwrap();
            match decode_in_halves(&json) {
                Some(read) => prop_assert_eq!(read, whole),
                None => prop_assert!(whole.units.len() < 2, "{}", json),
            }
            Ok(())
        })
        .unwrap();
}

fn spanned(text: &str) -> Spanned<SmolStr> {
    Spanned::nowhere(text.into())
}

fn listen(name: Option<&str>, scheme: Option<&str>, at: Value) -> Listen {
    Listen { name: name.map(spanned), scheme: scheme.map(spanned), at: Spanned::nowhere(at) }
}

fn reference(
    part: EndpointPart,
    ecosystem: Option<&str>,
    unit: &[&str],
    append: Option<&str>,
) -> EnvValue {
    EnvValue::Endpoint(Box::new(EndpointReference {
        part: Spanned::nowhere(part),
        ecosystem: ecosystem.map(spanned),
        unit: unit.iter().map(|name| spanned(name)).collect(),
        endpoint: append.is_none().then(|| spanned("metrics")),
        append: append.map(spanned),
    }))
}

const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

/// What the random ones have none of.
#[test]
#[expect(clippy::too_many_lines, reason = "one of each construct")]
fn every_other_construct_survives_too() {
    let text = |text: &str| Spanned::nowhere(Value::Text(text.into()));
    let declaration = Declaration {
        root: Some(spanned("C:\\apps \"x\"")),
        uses: vec![spanned("base::BASE")],
        machines: vec![
            Machine {
                doc: "Under the desk.".into(),
                name: spanned("stealth"),
                host: spanned("stealth.lan"),
                root: Some(spanned("/srv/a \"b\"")),
                has: vec![spanned("npu"), spanned("a gpu")],
            },
            Machine { name: spanned("pi-4"), host: spanned("192.168.1.20"), ..Machine::default() },
        ],
        units: vec![
            Unit::Include(spanned("services::TTS")),
            Unit::External(External {
                doc: "Two lines\n\nand an empty one.".into(),
                name: spanned("gpt-4"),
                listen: vec![listen(None, Some("http"), Value::Text("db.lan:80".into()))],
                ready: Some(Box::new(Probe {
                    kind: Spanned::nowhere(ProbeKind::Exec),
                    endpoint: None,
                    values: vec![text("./probe"), text("a\nb")],
                    timeout: Some(Spanned::nowhere(Value::Duration(std::time::Duration::ZERO))),
                    interval: None,
                    status: None,
                    failures: None,
                })),
                hint: Some(spanned("Start it.")),
            }),
            Unit::Agent(Agent {
                name: spanned("Owl 2"),
                templates: vec![spanned("bird"), spanned("quiet")],
                ..Agent::default()
            }),
            Unit::Agent(Agent {
                name: spanned("async"),
                block: Block {
                    unset: vec![spanned("watch"), spanned("env")],
                    spreads: vec![spanned("shared-2")],
                    env: vec![
                        EnvEntry { key: spanned("unset"), value: EnvValue::Unset },
                        EnvEntry { key: spanned("A"), value: EnvValue::Required },
                        EnvEntry { key: spanned("B"), value: EnvValue::Secret(None) },
                        EnvEntry {
                            key: spanned("C"),
                            value: EnvValue::Or(vec![
                                Spanned::nowhere(EnvValue::Inherit(None)),
                                Spanned::nowhere(EnvValue::Text(spanned("300000"))),
                            ]),
                        },
                        EnvEntry {
                            key: spanned("D"),
                            value: EnvValue::Or(vec![
                                Spanned::nowhere(EnvValue::Secret(Some(spanned("unset")))),
                                Spanned::nowhere(EnvValue::Text(spanned("{inherit HOME}/or"))),
                                Spanned::nowhere(EnvValue::Unset),
                            ]),
                        },
                        EnvEntry {
                            key: spanned("E"),
                            value: EnvValue::Or(vec![
                                Spanned::nowhere(EnvValue::Inherit(Some(spanned("or")))),
                                Spanned::nowhere(EnvValue::Text(spanned("unset"))),
                            ]),
                        },
                        EnvEntry {
                            key: spanned("D"),
                            value: reference(EndpointPart::Url, None, &["gpt-4"], Some("/a\"b")),
                        },
                        EnvEntry {
                            key: spanned("E"),
                            value: reference(
                                EndpointPart::Port,
                                Some("infra::INFRA"),
                                &["Owl 2", "hoot"],
                                None,
                            ),
                        },
                    ],
                    listen: vec![
                        listen(None, None, Value::Integer(8000)),
                        listen(Some("my-metrics"), Some("h2c"), Value::Word("auto".into())),
                        listen(Some("my metrics"), None, Value::Integer(1)),
                        listen(Some("auto"), None, Value::Word("auto".into())),
                    ],
                    ready: Some(Box::new(Probe {
                        kind: Spanned::nowhere(ProbeKind::Tcp),
                        endpoint: Some(spanned("my-metrics")),
                        status: None,
                        values: Vec::new(),
                        timeout: None,
                        interval: None,
                        failures: None,
                    })),
                    alive: Some(Box::new(Probe {
                        kind: Spanned::nowhere(ProbeKind::Http),
                        endpoint: Some(spanned("my-metrics")),
                        values: vec![text("/alive")],
                        timeout: Some(Spanned::nowhere(Value::Duration(SECOND))),
                        interval: None,
                        status: None,
                        failures: Some(Spanned::nowhere(Value::Integer(5))),
                    })),
                    depends_on: vec![
                        Dependency { unit: vec![spanned("gpt-4")], ..Dependency::default() },
                        Dependency {
                            unit: vec![spanned("Owl 2"), spanned("hoot")],
                            condition: Some(Spanned::nowhere(Condition::Completed)),
                            timeout: Some(Spanned::nowhere(Value::Duration(SECOND))),
                            ..Dependency::default()
                        },
                        Dependency {
                            unit: vec![spanned("timeout")],
                            restarts: true,
                            ..Dependency::default()
                        },
                        Dependency {
                            unit: vec![spanned("restarts")],
                            timeout: Some(Spanned::nowhere(Value::Duration(SECOND))),
                            restarts: true,
                            ..Dependency::default()
                        },
                        Dependency {
                            ecosystem: Some(spanned("infra::INFRA")),
                            unit: vec![spanned("mongodb")],
                            ..Dependency::default()
                        },
                    ],
                    allow: vec![Allow { rule: spanned("missing-watch"), reason: spanned("later") }],
                    ..Block::default()
                },
                ..Agent::default()
            }),
        ],
        ..Declaration::default()
    };
    let written = source(&declaration, &Comments::default(), 0);
    assert_eq!(read(&written), declaration, "{written}");
}

#[test]
fn comments_stand_with_what_they_are_about() {
    let json = r#"{"units": [
        {"service": {"kind": "node", "name": "web", "block": {
            "settings": {"args": ["a", "b"]}, "env": {"A": "1", "B": "x"}}}},
        {"service": {"kind": "node", "name": "api"}},
        {"service": {"kind": "node", "name": "worker", "block": {"env": {"A": "1"}}}}
    ]}"#;
    let mut declaration: Declaration = serde_json::from_str(json).unwrap();
    let mut comments = Comments::default();
    comments.add_top(["First.".to_owned()]);
    comments.add_bottom(["Last.".to_owned(), String::new()]);
    let Unit::Service(web) = &mut declaration.units[0] else { panic!("a service") };
    let [name, args, variable] = [0, 1, 2].map(SpanId::new);
    web.name.span_id = name;
    let Attribution { key, .. } = &mut web.block.settings.0[0];
    key.span_id = args;
    web.block.env[1].key.span_id = variable;
    comments.add_above(name, "Above web.");
    comments.add_inside(name, "In web.");
    comments.add_above(args, "On args.");
    comments.add_above(variable, "On\nB.");
    comments.add_above(SpanId::NOWHERE, "Nowhere.");
    assert_eq!(
        source(&declaration, &comments, 1),
        r#"    // First.

    // Above web.
    node web {
        // In web.
        // On args.
        args "a", "b";
        env {
            A = 1;
            // On B.
            B = "x";
        }
    }

    node api;
    node worker { env { A = 1; } }

    // Last.
    //
"#
    );
}

#[test]
fn what_does_not_fit_is_put_on_lines_of_its_own() {
    let long = "x".repeat(60);
    let mut comments = Comments::default();
    comments.add_top([format!("{long} {long}")]);
    let json = serde_json::json!({"units": [{"service": {"kind": "node", "name": "web", "block": {
        "settings": {"args": [long, long]}}}}]});
    let declaration: Declaration = serde_json::from_value(json).unwrap();
    let written = source(&declaration, &comments, 0);
    assert_eq!(
        written,
        format!(
            "// {long}\n// {long}\n\nnode web {{\n    args\n        \"{long}\",\n        \"{long}\";\n}}\n"
        )
    );
    assert_eq!(read(&written), declaration);
}
