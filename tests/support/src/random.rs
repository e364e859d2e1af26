//! Random ecosystems that are right: what the checks let pass and PM2 must take.

use std::time::Duration;

use promethean_core::attribute::{ATTRIBUTES, Attribute, Form, Type};
use promethean_core::declaration::{
    Agent, Allow, Attribution, Block, Declaration, Dependency, EndpointPart, EndpointReference,
    EnvEntry, EnvSet, EnvValue, External, Given, Kind, Listen, Override, Probe, ProbeKind, Profile,
    Service, Settings, Template, Unit,
};
use promethean_core::number::Size;
use promethean_core::problem::Rule;
use promethean_core::reserved::is_reserved_key;
use promethean_core::span_id::Spanned;
use promethean_core::text::escape;
use promethean_core::value::Value;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::Config;
use smol_str::SmolStr;

use crate::effort;

/// A property test of this many cases in a full run (see [`effort`]). What fails is printed and not kept in a file: a case that
/// teaches something becomes a test of its own.
#[must_use]
pub fn cases(cases: u32) -> Config {
    Config {
        cases: effort::of(cases),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    }
}

fn spanned(text: impl Into<SmolStr>) -> Spanned<SmolStr> {
    Spanned::nowhere(text.into())
}

fn value(value: Value) -> Spanned<Value> {
    Spanned::nowhere(value)
}

fn text_value(text: impl Into<SmolStr>) -> Value {
    Value::Text(text.into())
}

/// Texts that quoting goes wrong with: spaces, quotes, `$`, line ends, other scripts, nothing.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        "[a-zA-Z0-9./:_-]{1,16}",
        select(vec![
            "",
            " ",
            "  x ",
            "it's",
            "\"quoted\"",
            "$HOME",
            "${HOME}",
            "`id`",
            "a\nb",
            "a\r\nb",
            "tab\there",
            "ünïcödé",
            "日本語",
            "🦆",
            "\\",
            "\\n",
            "!history",
            "*",
            "?",
            "~",
            "#",
            "a;b",
            "a&&b",
            "(x)",
            "--flag=value",
            "-",
            "yes",
            "no",
            "null",
            "~",
            "1e3",
            "0x1f",
            "2020-01-01",
            "1_000",
            "true",
            "<<",
            "%PATH%",
            "\u{2018}curly\u{2019}",
            "\u{feff}bom",
            "\u{2028}",
            "\u{1}\u{1b}[31m",
            "{brace}",
            "}}{{",
            "secret",
            "__proto__",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}",
    ]
}

/// A text as the language writes it, so that it stands for itself.
fn literal() -> impl Strategy<Value = String> {
    text().prop_map(|text| escape(&text))
}

fn env_key() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        "[A-Z][A-Z0-9_]{0,10}",
        select(vec!["my.key", "with space", "lower", "ünï", "-dash", "RANDOM", "UID", "PATH_X"])
            .prop_map(str::to_owned),
    ];
    key.prop_filter("PM2 takes it for a setting", |key| !is_reserved_key(key))
}

fn env_value() -> impl Strategy<Value = EnvValue> {
    prop_oneof![
        6 => literal().prop_map(|text| EnvValue::Text(spanned(text))),
        1 => select(vec![
            "{name}",
            "{root}/x",
            "at {dir}",
            "{url database}/x",
            "{address database:metrics} {port database}",
        ])
        .prop_map(|text| EnvValue::Text(spanned(text.to_owned()))),
        1 => endpoint_value(),
    ]
}

/// A reference to an endpoint of the external that each ecosystem has.
fn endpoint_value() -> impl Strategy<Value = EnvValue> {
    let parts = EndpointPart::ALL.map(|(_, part)| part).to_vec();
    (select(parts), any::<bool>(), option::of(literal())).prop_map(|(part, named, append)| {
        EnvValue::Endpoint(Box::new(EndpointReference {
            part: Spanned::nowhere(part),
            ecosystem: None,
            unit: vec![spanned("database")],
            endpoint: named.then(|| spanned("metrics")),
            append: append
                .filter(|_| part == EndpointPart::Url)
                .map(|path| spanned(format!("/{path}"))),
        }))
    })
}

fn listen(name: Option<&str>, scheme: &str, at: Value) -> Listen {
    Listen { name: name.map(spanned), scheme: Some(spanned(scheme)), at: value(at) }
}

/// Secrets and inherited variables, all of which [`SECRETS`] and [`INHERITED`] give, and chains of
/// them that end with what is always there.
fn outside_value() -> impl Strategy<Value = EnvValue> {
    let given = given_source();
    let chain = || source(vec!["TOKEN_A", "TOKEN_C", NOWHERE], vec!["PROMETHEAN_TEST_A", NOWHERE]);
    prop_oneof![
        2 => given,
        1 => chains(
            vec(chain(), 1..4).prop_map(used),
            literal().prop_map(|text| EnvValue::Text(spanned(text))),
        ),
        1 => chains(vec(chain(), 1..3).prop_map(used), Just(EnvValue::Unset)),
    ]
}

/// The sources that can be the first one that is there.
fn used(sources: Vec<EnvValue>) -> Vec<EnvValue> {
    let mut used: Vec<EnvValue> = Vec::new();
    let names = [NOWHERE, "TOKEN_A", "TOKEN_B", "TOKEN_C", "TEST_A", "TEST_B"];
    let reads = |source: &EnvValue| {
        let written = format!("{source:?}");
        names.iter().filter(|name| written.contains(**name)).count()
    };
    let read_by = |source: &EnvValue, name: &str| format!("{source:?}").contains(name);
    for source in sources {
        let is_stronger = |before: &EnvValue| {
            let mut of_before = names.iter().filter(|name| read_by(before, name));
            reads(before) == 0 || of_before.all(|name| read_by(&source, name))
        };
        if !used.iter().any(is_stronger) {
            used.push(source);
        }
    }
    used
}

/// A name under which nothing is stored or set.
pub const NOWHERE: &str = "PROMETHEAN_TEST_UNSET";

fn given_source() -> impl Strategy<Value = EnvValue> {
    source(SECRETS.map(|(name, _)| name).to_vec(), INHERITED.map(|(name, _)| name).to_vec())
}

/// Something that reads one of these secrets or variables, or a text with one or two in it.
pub fn source(
    secrets: Vec<&'static str>,
    inherited: Vec<&'static str>,
) -> impl Strategy<Value = EnvValue> {
    let placeholder = prop_oneof![
        select(secrets.clone()).prop_map(|name| format!("{{secret {name}}}")),
        select(inherited.clone()).prop_map(|name| format!("{{inherit {name}}}")),
    ];
    prop_oneof![
        2 => select(secrets).prop_map(|name| EnvValue::Secret(Some(spanned(name)))),
        2 => select(inherited).prop_map(|name| EnvValue::Inherit(Some(spanned(name)))),
        1 => (literal(), vec(placeholder, 1..3), literal()).prop_map(
            |(before, placeholders, after)| {
                EnvValue::Text(spanned(format!("{before}{}{after}", placeholders.concat())))
            }
        ),
    ]
}

/// Sources in this order, with `or` between them. A rule may say that one of them is never used.
pub fn chains(
    sources: impl Strategy<Value = Vec<EnvValue>>,
    last: impl Strategy<Value = EnvValue>,
) -> impl Strategy<Value = EnvValue> {
    (sources, last).prop_map(|(sources, last)| {
        EnvValue::Or(sources.into_iter().chain([last]).map(Spanned::nowhere).collect())
    })
}

/// The secrets that random ecosystems ask for.
pub const SECRETS: [(&str, &str); 3] =
    [("TOKEN_A", "plain"), ("TOKEN_B", "it's \"a\" $secret `x`\n"), ("TOKEN_C", "")];

/// The variables that random ecosystems inherit.
pub const INHERITED: [(&str, &str); 2] =
    [("PROMETHEAN_TEST_A", "inherited"), ("PROMETHEAN_TEST_B", "with $ and 'quotes'")];

fn env() -> impl Strategy<Value = Vec<EnvEntry>> {
    btree_map(env_key(), env_value(), 0..5).prop_map(|entries| {
        let entries = entries.into_iter();
        entries.map(|(key, value)| EnvEntry { key: spanned(key), value }).collect()
    })
}

/// The attributes that random blocks do not set: those that make PM2 look for users or install
/// packages are left to their own tests, the others are set by kind.
const LEFT_OUT: [&str; 11] = [
    "runner",
    "run",
    "entry",
    "module",
    "env_file",
    "env_file_if_exists",
    "secrets",
    "only_profile",
    // Machines have random systems of their own.
    "on",
    "interpreter",
    "exec_mode",
];

/// What needs a Node program that PM2 starts itself: it is set by service, not with npm.
const MESSAGES: [&str; 2] = ["wait_ready", "shutdown_with_message"];

fn value_of(kind: Type, attribute: &'static str) -> BoxedStrategy<Value> {
    match kind {
        Type::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Type::Integer { minimum, maximum } => (minimum..=maximum).prop_map(Value::Integer).boxed(),
        Type::Duration { minimum } => (minimum..100_000_000)
            .prop_map(|milliseconds| Value::Duration(Duration::from_millis(milliseconds)))
            .boxed(),
        Type::Size => {
            (0_u64..1 << 40).prop_map(|bytes| Value::Size(Size::from_bytes(bytes))).boxed()
        }
        // Of an attribute that can be a boolean, these are meant as one.
        Type::Text | Type::Path => literal()
            .prop_filter("a boolean in quotes", |text| !matches!(text.as_str(), "true" | "false"))
            .prop_filter("a format of another language", move |text| {
                // What is beside an `m` or an `M` shows whether minutes or months are meant.
                let may_be_exchanged =
                    text.contains(['m', 'M']) && text.contains(['D', 'H', 'Y', 'h', 's']);
                attribute != "log_date_format" || !text.contains(['%', 'y']) && !may_be_exchanged
            })
            .prop_map(text_value)
            .boxed(),
        // A name can be that of a variable, and no two attributes may name the same one:
        // `increment_var` and `instance_var`. With the attribute's name in it, it is also none of
        // those that PM2 takes for a setting, or that `env` gives.
        Type::Name => "[a-z][a-z0-9_]{0,8}"
            .prop_map(move |word| Value::Word(format!("{word}_of_{attribute}").into()))
            .boxed(),
        Type::Choice(words) => {
            select(words.to_vec()).prop_map(|word| Value::Word(word.into())).boxed()
        }
        Type::Cron => select(vec!["0 4 * * *", "*/5 * * * *", "0 0 1 1 *", "30 2 * * 1-5"])
            .prop_map(text_value)
            .boxed(),
    }
}

fn given(attribute: &'static Attribute) -> BoxedStrategy<Attribution> {
    let key = spanned(attribute.name.to_owned());
    if let Some(options) = attribute.options() {
        let rows: Vec<&'static Attribute> = options.rows.iter().collect();
        return subsequence(rows, 1..5)
            .prop_flat_map(|rows| rows.into_iter().map(given).collect::<Vec<_>>())
            .prop_map(move |options| {
                let options = options.into_iter().map(|option| match option.given {
                    Given::Values(values) => (option.key, values),
                    Given::Object(_) => (option.key, Vec::new()),
                });
                Attribution { key: key.clone(), given: Given::Object(options.collect()) }
            })
            .boxed();
    }
    if attribute.form == Form::Object {
        return btree_map("[a-z][a-zA-Z]{0,8}", any::<bool>(), 0..3)
            .prop_map(move |entries| {
                let entries = entries.into_iter().map(|(name, value)| {
                    (spanned(name), vec![Spanned::nowhere(Value::Boolean(value))])
                });
                Attribution { key: key.clone(), given: Given::Object(entries.collect()) }
            })
            .boxed();
    }
    if attribute.form == Form::Each {
        let values: Vec<BoxedStrategy<Value>> =
            attribute.types.iter().map(|kind| value_of(*kind, attribute.name)).collect();
        return values
            .prop_map(move |values| Attribution {
                key: key.clone(),
                given: Given::Values(values.into_iter().map(value).collect()),
            })
            .boxed();
    }
    let many = if attribute.form == Form::Many { 1..4_usize } else { 1..2 };
    select(attribute.types.to_vec())
        .prop_flat_map(move |kind| {
            let many = if kind == Type::Boolean { 1..2 } else { many.clone() };
            vec(value_of(kind, attribute.name), many)
        })
        .prop_map(move |values| Attribution {
            key: key.clone(),
            given: Given::Values(values.into_iter().map(value).collect()),
        })
        .boxed()
}

/// Attributes that any kind of service takes, or those of one kind too.
fn settings(kind: Option<Kind>) -> impl Strategy<Value = Vec<Attribution>> {
    let fitting: Vec<&'static Attribute> = ATTRIBUTES
        .iter()
        .filter(|attribute| !LEFT_OUT.contains(&attribute.name))
        .filter(|attribute| match kind {
            Some(kind) => attribute.applies_to(kind),
            None => !MESSAGES.contains(&attribute.name),
        })
        .collect();
    subsequence(fitting, 0..7)
        .prop_flat_map(|chosen| chosen.into_iter().map(given).collect::<Vec<_>>())
}

fn block(kind: Option<Kind>) -> impl Strategy<Value = Block> {
    (settings(kind), env()).prop_map(|(mut settings, env)| {
        // PM2 takes one of the two and drops the other.
        if settings.iter().any(|setting| *setting.key == "exp_backoff_restart_delay") {
            settings.retain(|setting| *setting.key != "restart_delay");
        }
        // Also where a weaker block gives the other.
        let fixed = settings.iter().any(|setting| *setting.key == "restart_delay");
        let unset = fixed.then(|| spanned("exp_backoff_restart_delay")).into_iter().collect();
        Block { settings: Settings(settings), unset, env, ..Block::default() }
    })
}

fn words(name: &str, words: &[&str]) -> Attribution {
    Attribution {
        key: spanned(name.to_owned()),
        given: Given::Values(words.iter().map(|word| value(Value::Word((*word).into()))).collect()),
    }
}

fn texts(name: &str, texts: Vec<String>) -> Attribution {
    Attribution {
        key: spanned(name.to_owned()),
        given: Given::Values(texts.into_iter().map(|text| value(text_value(text))).collect()),
    }
}

/// What makes a service of its kind run.
fn program(kind: Kind) -> BoxedStrategy<Vec<Attribution>> {
    match kind {
        Kind::Script => vec(literal(), 0..3)
            .prop_map(|args| {
                let mut run = vec!["./program".to_owned()];
                run.extend(args);
                vec![texts("run", run)]
            })
            .boxed(),
        Kind::Python => (select(kind.runners().to_vec()), option::of("[a-z]{1,6}"))
            .prop_map(|(runner, module)| {
                let mut runner = words("runner", &[runner]);
                if let Given::Values(values) = &mut runner.given
                    && values[0].value == Value::Word("venv".into())
                {
                    values.push(value(text_value(".venv")));
                }
                let module = module.map(|module| words("module", &[&module]));
                std::iter::once(runner).chain(module).collect()
            })
            .boxed(),
        Kind::Node => (select(kind.runners().to_vec()), option::of(Just("dist/index.js")))
            .prop_map(|(runner, entry)| {
                let mut settings = vec![words("runner", &[runner])];
                if runner == "npm" {
                    settings.push(texts("run", vec!["dev".into()]));
                } else if let Some(entry) = entry {
                    settings.push(texts("entry", vec![entry.into()]));
                }
                settings
            })
            .boxed(),
    }
}

fn service(name: String) -> impl Strategy<Value = Service> {
    let kind = select(Kind::ALL.map(|(_, kind)| kind).to_vec());
    kind.prop_flat_map(move |kind| {
        let name = name.clone();
        (
            block(Some(kind)),
            program(kind),
            option::of("[a-z ]{1,8}/[a-z$' ]{1,8}"),
            vec(outside_value(), 0..3),
        )
            .prop_map(move |(mut block, program, directory, outside)| {
                let npm = words("runner", &["npm"]);
                if program.contains(&npm) {
                    block.settings.0.retain(|setting| !MESSAGES.contains(&setting.key.as_str()));
                }
                block.settings.0.extend(program);
                block.env.extend(outside.into_iter().enumerate().map(|(index, value)| EnvEntry {
                    key: spanned(format!("outside_{index}")),
                    value,
                }));
                if block.env.len() % 2 == 0 {
                    let auto = Value::Word("auto".into());
                    block.listen.push(listen(Some("extra"), "http", auto));
                    block.alive = Some(Box::new(Probe {
                        endpoint: Some(spanned("extra")),
                        failures: Some(value(Value::Integer(3))),
                        ..probe(ProbeKind::Http, "/alive", None)
                    }));
                    block.env.push(EnvEntry {
                        key: spanned("EXTRA_URL"),
                        value: EnvValue::Text(spanned("{url :extra}/{port :extra}")),
                    });
                }
                Service {
                    kind,
                    name: spanned(name.clone()),
                    directory: directory.map(spanned),
                    block,
                    ..Service::default()
                }
            })
    })
}

fn services(
    prefix: &'static str,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<Service>> {
    count.prop_flat_map(move |count| {
        (0..count).map(|index| service(format!("{prefix}-{index}"))).collect::<Vec<_>>()
    })
}

fn probe(kind: ProbeKind, target: &str, status: Option<i64>) -> Probe {
    Probe {
        kind: Spanned::nowhere(kind),
        endpoint: None,
        values: vec![value(text_value(target))],
        timeout: None,
        interval: None,
        status: status.map(|status| value(Value::Integer(status))),
        failures: None,
    }
}

/// Templates of attributes, and one with services.
fn templates(quiet: Block, loud: Block, block: Block, services: Vec<Service>) -> Vec<Template> {
    let template =
        |name: &str, block| Template { name: spanned(name), block, ..Template::default() };
    vec![
        Template { templates: vec![spanned("quiet")], ..template("loud", loud) },
        Template { services, ..template("parts", block) },
        template("quiet", quiet),
    ]
}

/// The templates that a service is made from: one, several or none.
fn made_from(number: usize) -> Vec<Spanned<SmolStr>> {
    let names: &[&str] = match number % 3 {
        0 => &["loud"],
        1 => &["quiet", "loud"],
        _ => &[],
    };
    names.iter().copied().map(spanned).collect()
}

/// A declaration that is right, with some of everything in it.
pub fn declaration() -> impl Strategy<Value = Declaration> {
    let parts = (
        block(None),
        env(),
        (block(None), block(None), block(None)),
        services("part", 1..4),
        block(None),
        block(None),
        services("service", 1..5),
        vec(any::<prop::sample::Index>(), 0..6),
    );
    parts.prop_map(
        |(
            defaults,
            set,
            (template_block, quiet, loud),
            parts,
            agent_block,
            override_block,
            services,
            edges,
        )| {
            let overridden = parts[0].name.clone();
            let kind = parts[0].kind;
            let mut override_block = override_block;
            override_block.settings.0.retain(|setting| {
                setting.attribute().is_some_and(|attribute| attribute.applies_to(kind))
            });
            let mut template_block = template_block;
            template_block.spreads.push(spanned("shared"));
            let left_out = (parts.len() > 1).then(|| parts[1].name.clone());
            let mut units = vec![Unit::External(External {
                name: spanned("database"),
                listen: vec![
                    listen(None, "mongodb", Value::Integer(27_017)),
                    listen(Some("metrics"), "http", text_value("db.lan:9216")),
                ],
                ready: Some(Box::new(match parts.len() {
                    1 => probe(ProbeKind::Tcp, "127.0.0.1:27017", None),
                    _ => probe(ProbeKind::Http, "http://127.0.0.1:27017/", Some(401)),
                })),
                ..External::default()
            })];
            for agent in ["duck", "owl"] {
                units.push(Unit::Agent(Agent {
                    name: spanned(agent),
                    templates: vec![spanned("loud"), spanned("parts")],
                    block: agent_block.clone(),
                    without: left_out.iter().filter(|_| agent == "owl").cloned().collect(),
                    overrides: vec![Override {
                        service: overridden.clone(),
                        block: override_block.clone(),
                    }],
                    ..Agent::default()
                }));
            }
            let mut names = vec!["database".to_owned(), "duck".to_owned(), "owl".to_owned()];
            for (service, edge) in
                services.into_iter().zip(edges.iter().map(Some).chain(std::iter::repeat(None)))
            {
                let mut service = service;
                service.templates = made_from(names.len());
                if let Some(edge) = edge {
                    let target = edge.get(&names).clone();
                    let timeout = Value::Duration(Duration::from_secs(names.len() as u64));
                    let is_external = target == "database";
                    service.block.depends_on.push(Dependency {
                        unit: vec![spanned(target)],
                        // Only the external has a probe.
                        timeout: is_external.then(|| value(timeout)),
                        restarts: !is_external && names.len() % 2 == 0,
                        ..Dependency::default()
                    });
                }
                names.push(service.name.to_string());
                units.push(Unit::Service(service));
            }
            let mut defaults = defaults;
            // Random ports meet, and random globs have lone brackets.
            defaults.allow.extend(
                Rule::lints()
                    .map(|rule| Allow { rule: spanned(rule), reason: spanned("it is random") }),
            );
            defaults.profiles.push(Profile {
                name: spanned("production"),
                block: Block { env: set.clone(), ..Block::default() },
            });
            Declaration {
                name: Some(spanned("random")),
                paths_unchecked: true,
                secrets: Some(spanned(".tokens")),
                defaults,
                sets: vec![EnvSet { name: spanned("shared"), spreads: Vec::new(), env: set }],
                templates: templates(quiet, loud, template_block, parts),
                units,
                ..Declaration::default()
            }
        },
    )
}
