//! Endpoints: `listen`, and what refers to it.

use std::collections::HashSet;

use camino::Utf8PathBuf;
use promethean::app::{Endpoint, SourcePiece, SourceText, Sources};
use promethean::handle::Link;
use promethean::probe::Test;
use promethean::{App, Ecosystem, Options, System, Variable, ecosystem};

fn resolve(ecosystem: &Ecosystem) -> System {
    ecosystem.resolve(&Options::default()).unwrap()
}

fn resolve_in(ecosystem: &Ecosystem, profile: &str) -> System {
    ecosystem.resolve(&Options { profile: Some(profile.into()), ..Options::default() }).unwrap()
}

fn app<'s>(system: &'s System, name: &str) -> &'s App {
    system.app(name).unwrap()
}

fn env<'a>(app: &'a App, key: &str) -> &'a str {
    match app.env.get(key) {
        Some(Variable::Plain(text)) => text,
        other => panic!("{key} is {other:?}"),
    }
}

fn urls(app: &App) -> Vec<String> {
    app.endpoints.iter().map(|endpoint| endpoint.url().unwrap_or_default()).collect()
}

/// What is wrong with the units of a declaration at run time.
fn problems(units: &serde_json::Value) -> Vec<String> {
    let declaration = serde_json::from_value(serde_json::json!({ "units": units })).unwrap();
    let ecosystem = Ecosystem::from_declaration(declaration, "/srv", &[]);
    match ecosystem.resolve(&Options::default()) {
        Ok(_) => Vec::new(),
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}

mod infra {
    use super::*;

    pub(super) static INFRA: Ecosystem = ecosystem! {
        name infra;
        script broker { run "broker"; listen amqp "127.0.0.1:5672"; listen admin: http 15672; }
        external mongodb { listen mongodb "db.lan:27017"; ready tcp; }
    };
}

static SYSTEM: Ecosystem = ecosystem! {
    name promethean;
    paths unchecked;
    include infra::INFRA;
    env shared { API = url proxx "/api"; }
    node proxx "services/proxx" {
        listen http 8789;
        listen metrics: http 9100;
        ready http "/health";
        env { METRICS_PORT = "{port :metrics}"; SELF = "{url}/me"; PEER = url cephalon; }
    }
    node ui "ui" {
        listen http auto;
        args "--port", "{port}", "--proxy={url proxx}";
        ready tcp { timeout 1m; }
    }
    node cephalon "services/cephalon" {
        listen http "0.0.0.0:8080";
        ready http "/live";
        env {
            ..shared;
            OLLAMA_BASE_URL = url proxx "/v1";
            METRICS = address proxx:metrics;
            HOST = host infra::INFRA.mongodb;
            PORT_OF = port proxx;
            MONGODB_URI = "mongodb://bot:{secret DB_PASSWORD}@{address infra::INFRA.mongodb}/duck";
            BROKER = url infra::INFRA.broker;
            ADMIN = "{url infra::INFRA.broker:admin}/";
            BIND = "{host}:{port}";
            WORD = url;
            UI = url ui;
        }
    }
};

mod quoted {
    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node Web { listen http 8000; listen "Live View": http 8001; ready tcp "Live View"; }
        node "my api" {
            listen "v1.2": http 8002;
            listen "v 2": http 8003;
            ready http "v 2" "/health" { timeout 1m; }
        }
        agent Duck { node voice { listen http 8004; alive tcp "Live View"; listen "Live View": http 8005; } }
        node user {
            env {
                WEB = "{url 'Web'}/x";
                VIEW = "{url 'Web':'Live View'}";
                API = "{address \"my api\":'v1.2'}";
                VOICE = "{port 'Duck'.voice}";
                PLAIN = url "Web" "/x";
                OTHER = address "my api":"v1.2";
            }
        }
    };

    #[test]
    fn a_name_that_is_no_plain_word_is_in_quotes_in_a_text_too() {
        let system = resolve(&SYSTEM);
        let user = app(&system, "user");
        for (key, value) in [
            ("WEB", "http://127.0.0.1:8000/x"),
            ("VIEW", "http://127.0.0.1:8001"),
            ("API", "127.0.0.1:8002"),
            ("VOICE", "8004"),
            ("PLAIN", "http://127.0.0.1:8000/x"),
            ("OTHER", "127.0.0.1:8002"),
        ] {
            assert_eq!(env(user, key), value, "{key}");
        }
        let test = |name: &str| app(&system, name).ready.clone().unwrap().test;
        assert_eq!(test("Web"), Test::Tcp("127.0.0.1:8001".into()));
        let health = "http://127.0.0.1:8003/health".into();
        assert_eq!(test("my api"), Test::Http { url: health, status: None });
        let alive = app(&system, "Duck_voice").alive.clone().unwrap().test;
        assert_eq!(alive, Test::Tcp("127.0.0.1:8005".into()));
    }
}

#[test]
fn a_reference_is_filled_in_with_where_its_unit_listens() {
    let system = resolve(&SYSTEM);
    let proxx = app(&system, "proxx");
    assert_eq!(urls(proxx), ["http://127.0.0.1:8789", "http://127.0.0.1:9100"]);
    assert_eq!(proxx.port(), Some(8789));
    assert_eq!(env(proxx, "METRICS_PORT"), "9100");
    assert_eq!(env(proxx, "SELF"), "http://127.0.0.1:8789/me");
    assert_eq!(env(proxx, "PEER"), "http://127.0.0.1:8080");
    let cephalon = app(&system, "cephalon");
    for (key, value) in [
        ("API", "http://127.0.0.1:8789/api"),
        ("OLLAMA_BASE_URL", "http://127.0.0.1:8789/v1"),
        ("METRICS", "127.0.0.1:9100"),
        ("HOST", "db.lan"),
        ("PORT_OF", "8789"),
        ("BROKER", "amqp://127.0.0.1:5672"),
        ("ADMIN", "http://127.0.0.1:15672/"),
        ("BIND", "0.0.0.0:8080"),
        ("WORD", "url"),
    ] {
        assert_eq!(env(cephalon, key), value, "{key}");
    }
    let pieces = [
        SourcePiece::Literal("mongodb://bot:".into()),
        SourcePiece::Secret("DB_PASSWORD".into()),
        SourcePiece::Literal("@db.lan:27017/duck".into()),
    ];
    let read = Sources { in_order: vec![SourceText(pieces.into())], or_unset: false };
    assert_eq!(cephalon.env.get("MONGODB_URI"), Some(&Variable::Read(read)));
    let ui = app(&system, "ui");
    let port = ui.port().unwrap();
    assert!((20_000..30_000).contains(&port), "{port}");
    assert_eq!(env(cephalon, "UI"), format!("http://127.0.0.1:{port}"));
    let args = [String::from("--port"), port.to_string(), "--proxy=http://127.0.0.1:8789".into()];
    assert_eq!(ui.program.args, args);
}

#[test]
fn a_probe_without_an_address_asks_on_the_own_endpoint() {
    let system = resolve(&SYSTEM);
    let test = |name| app(&system, name).ready.as_ref().unwrap().test.clone();
    assert_eq!(
        test("proxx"),
        Test::Http { url: "http://127.0.0.1:8789/health".into(), status: None }
    );
    assert_eq!(
        test("cephalon"),
        Test::Http { url: "http://127.0.0.1:8080/live".into(), status: None }
    );
    let port = app(&system, "ui").port().unwrap();
    assert_eq!(test("ui"), Test::Tcp(format!("127.0.0.1:{port}").into()));
    let mongodb = system.external("mongodb").unwrap();
    assert_eq!(mongodb.ready.as_ref().unwrap().test, Test::Tcp("db.lan:27017".into()));
    assert_eq!(mongodb.endpoints[0].url().as_deref(), Some("mongodb://db.lan:27017"));
}

#[test]
fn a_configuration_has_plain_values() {
    let system = resolve(&SYSTEM);
    let config = promethean::emit::Config::new(&system);
    let json: serde_json::Value = serde_json::from_str(&promethean::emit::json(&config)).unwrap();
    let apps = json["apps"].as_array().unwrap();
    let proxx = apps.iter().find(|app| app["name"] == "proxx").unwrap();
    assert_eq!(proxx["port"], 8789);
    assert_eq!(proxx["env"]["METRICS_PORT"], "9100");
    let keys: Vec<&String> = proxx.as_object().unwrap().keys().collect();
    assert!(!keys.iter().any(|key| key.contains("listen") || key.contains("endpoint")), "{keys:?}");
    let js = promethean::emit::javascript(&system, None);
    assert!(js.contains("http://127.0.0.1:8789/v1"), "{js}");
}

#[test]
fn a_graph_shows_where_units_listen() {
    let system = resolve(&SYSTEM);
    let ui = app(&system, "ui").port().unwrap();
    let ui = format!("http://127.0.0.1:{ui}");
    let graphs = [
        ("tree", promethean::emit::graph::tree(&system)),
        ("dot", promethean::emit::graph::dot(&system)),
        ("mermaid", promethean::emit::graph::mermaid(&system)),
        ("svg", promethean::emit::graph::svg(&system)),
    ];
    for (format, graph) in graphs {
        for shown in [
            "http://127.0.0.1:8789",
            "metrics http://127.0.0.1:9100",
            "mongodb://db.lan:27017",
            &ui,
        ] {
            assert!(graph.contains(shown), "{format}: {shown} in {graph}");
        }
    }
}

/// A fallback may be where a unit listens, and one before others is all there is.
#[test]
fn a_reference_is_a_source_among_others() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node proxx { listen http 8789; }
        node client {
            env {
                API = inherit "NOBODY_SETS_THIS" or url proxx "/v1";
                SECRET = secret "NOBODY_STORES_THIS" or address proxx;
                FIRST = url proxx "/{secret NOBODY_STORES_THIS}" or port proxx;
            }
        }
    };
    let system = resolve(&SYSTEM);
    let client = app(&system, "client");
    let environment = promethean::secrets::Reader::in_environment([]).environment(client).unwrap();
    assert_eq!(environment.get("API"), Some("http://127.0.0.1:8789/v1"));
    assert_eq!(environment.get("SECRET"), Some("127.0.0.1:8789"));
    assert_eq!(environment.get("FIRST"), Some("8789"));
    let set = [("NOBODY_SETS_THIS".into(), "http://other".into())];
    let environment = promethean::secrets::Reader::in_environment(set).environment(client).unwrap();
    assert_eq!(environment.get("API"), Some("http://other"));
}

mod literals {
    use super::*;

    mod shared {
        use super::*;

        pub(super) static SHARED: Ecosystem = ecosystem! {
            paths unchecked;
            defaults { env { STATUS = "http://localhost:7000/status"; } }
            template listener { listen http 7001; env { SELF = "http://127.0.0.1:7001/me"; } }
            template quiet { allow literal-endpoint "it is told so by hand"; }
        };
    }

    mod web {
        use super::*;

        pub(super) static WEB: Ecosystem = ecosystem! {
            name web;
            paths unchecked;
            use shared::SHARED;
            node web { listen http 7000; listen metrics: http 7002; }
            node client { env { API = "127.0.0.1:8000"; } }
            node quiet: quiet { env { API = "127.0.0.1:8000"; } }
            node own: listener;
        };
    }

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        include web::WEB;
        node api {
            listen http 8000;
            args "--peer", "localhost:7002";
            env {
                WEB = "http://127.0.0.1:7000/v1";
                OTHER = "http://127.0.0.1:70001";
                METRICS = inherit or "http://127.0.0.1:7002";
            }
        }
    };

    #[test]
    fn addresses_of_other_files_are_not_written_out() {
        let error = SYSTEM.resolve(&Options::default()).unwrap_err().to_string();
        let mut told: Vec<&str> = error.lines().map(str::trim).collect();
        told.retain(|line| !line.is_empty());
        for (place, help) in [
            ("api › env › WEB", "help: write `url web::WEB.web \"/v1\"`"),
            ("api › env › METRICS", "help: write `url web::WEB.web:metrics`"),
            ("api › args", "help: write `{address web::WEB.web:metrics}` for `localhost:7002`"),
            ("client › env › API", "help: write `address path::TO_IT.api`"),
            ("own › env › SELF", "help: write `{url}` for `http://127.0.0.1:7001`"),
            ("client › env › STATUS", "help: write `url path::TO_IT.web \"/status\"`"),
        ] {
            let at = told.iter().position(|line| line.contains(place));
            let at = at.unwrap_or_else(|| panic!("{place} in {error}"));
            assert!(told[at + 1].starts_with(help), "{help} in {error}");
        }
        assert!(!error.contains("quiet") && !error.contains("OTHER"), "{error}");
    }
}

mod layers {
    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        template bot {
            listen metrics: http auto;
            env { METRICS = url voice:metrics; }
            node voice { listen http 4000; }
            node text { unset listen; env { VOICE = address voice; } }
        }
        agent duck: bot { override voice { listen https "localhost:4100"; } }
        agent goose: bot;
        node web { port 8000; profile production { listen http 80; ready tcp; } }
        node old { listen http 8001; profile bare { unset port; } }
        node client { env { DUCK = url duck.voice "/x"; WEB = address web; } }
    };

    #[test]
    fn endpoints_are_laid_over_each_other_by_name() {
        let system = resolve(&SYSTEM);
        let voice = app(&system, "duck_voice");
        assert_eq!(voice.port(), Some(4100));
        let metrics = voice.endpoints.iter().find(|endpoint| endpoint.name.is_some()).unwrap();
        assert!(metrics.is_auto);
        assert_eq!(env(app(&system, "duck_text"), "METRICS"), metrics.url().unwrap());
        assert_eq!(env(app(&system, "duck_text"), "VOICE"), "localhost:4100");
        assert_eq!(env(app(&system, "goose_text"), "VOICE"), "127.0.0.1:4000");
        assert!(app(&system, "duck_text").endpoints.is_empty());
        assert_eq!(env(app(&system, "client"), "DUCK"), "https://localhost:4100/x");
        assert_eq!(env(app(&system, "client"), "WEB"), "127.0.0.1:8000");
        let web = app(&system, "web");
        let bare = Endpoint {
            name: None,
            scheme: None,
            host: "127.0.0.1".into(),
            port: 8000,
            is_auto: false,
        };
        assert_eq!(web.endpoints, [bare]);
        let production = resolve_in(&SYSTEM, "production");
        assert_eq!(app(&production, "web").port(), Some(80));
        assert_eq!(env(app(&production, "client"), "WEB"), "127.0.0.1:80");
        let bare = resolve_in(&SYSTEM, "bare");
        assert_eq!(app(&bare, "old").port(), None);
    }
}

mod expressions {
    use super::*;

    const PORT: u16 = 8123;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node web { listen http (PORT); }
        node api { listen http (format!("0.0.0.0:{}", PORT + 1)); env { WEB = url web; } }
    };

    #[test]
    fn an_expression_says_where_a_unit_listens() {
        let system = resolve(&SYSTEM);
        assert_eq!(app(&system, "web").port(), Some(8123));
        assert_eq!(app(&system, "api").endpoints[0].address(), "0.0.0.0:8124");
        assert_eq!(env(app(&system, "api"), "WEB"), "http://127.0.0.1:8123");
    }
}

mod automatic {
    use super::*;

    /// A system of many services with derived ports.
    fn system(root: &str, count: usize, extra: &[serde_json::Value]) -> System {
        let mut units: Vec<serde_json::Value> = (0..count)
            .map(|number| {
                serde_json::json!({"service": {
                    "kind": "script", "name": format!("unit-{number}"),
                    "block": {
                        "settings": {"run": ["run"]},
                        "listen": [{"scheme": "http", "at": {"word": "auto"}}]
                    }
                }})
            })
            .collect();
        units.extend_from_slice(extra);
        let declaration = serde_json::json!({"name": "many", "units": units});
        let declaration = serde_json::from_value(declaration).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, root.to_owned(), &[]);
        ecosystem.resolve(&Options::default()).unwrap()
    }

    fn ports(system: &System) -> Vec<(String, u16)> {
        let apps = system.apps.iter();
        apps.map(|app| (app.name.to_string(), app.endpoints[0].port)).collect()
    }

    #[test]
    fn derived_ports_differ_from_each_other_and_stay() {
        let first = ports(&system("/srv/one", 500, &[]));
        let distinct: HashSet<u16> = first.iter().map(|(_, port)| *port).collect();
        assert_eq!(distinct.len(), 500);
        assert!(distinct.iter().all(|port| (20_000..30_000).contains(port)));
        assert_eq!(ports(&system("/srv/one", 500, &[])), first);
        let other = ports(&system("/srv/two", 500, &[]));
        let moved = first.iter().zip(&other).filter(|(one, two)| one != two).count();
        assert!(moved > 490, "{moved}");
    }

    #[test]
    fn derived_ports_avoid_what_is_fixed() {
        let (_, port) = ports(&system("/srv/one", 1, &[]))[0].clone();
        let fixed = serde_json::json!([
            {"service": {"kind": "script", "name": "fixed", "block": {
                "settings": {"run": ["run"], "only_profile": [{"word": "other"}]},
                "listen": [{"name": "metrics", "at": port}]
            }}},
            {"external": {"name": "db", "ready": {
                "kind": "tcp", "values": [format!("127.0.0.1:{}", port + 1)]
            }}}
        ]);
        let (_, moved) = ports(&system("/srv/one", 1, fixed.as_array().unwrap()))[0].clone();
        assert_eq!(moved, port + 2);
    }

    static SYSTEM: Ecosystem = ecosystem! {
        name several;
        paths unchecked;
        node a { listen http auto; instances 4; exec_mode fork; increment_var PORT; }
        node b { listen http auto; only_profile late; env { A = port a; } }
    };

    #[test]
    fn a_derived_port_does_not_depend_on_units_profiles_and_instances() {
        let whole = resolve(&SYSTEM);
        let late = resolve_in(&SYSTEM, "late");
        let a = app(&whole, "a").port().unwrap();
        assert_eq!(app(&late, "a").port(), Some(a));
        let b = app(&late, "b").port().unwrap();
        assert!(!(a..a + 4).contains(&b), "{a} {b}");
        let alone = Options { units: vec!["a".into()], ..Options::default() };
        assert_eq!(app(&SYSTEM.resolve(&alone).unwrap(), "a").port(), Some(a));
        let elsewhere =
            Options { root: Some(Utf8PathBuf::from("/srv/copy")), ..Options::default() };
        assert_ne!(app(&SYSTEM.resolve(&elsewhere).unwrap(), "a").port(), Some(a));
    }
}

#[test]
fn resolution_rejects_what_the_compiler_rejects() {
    let unit = |name: &str, block: serde_json::Value| serde_json::json!({"service": {"kind": "node", "name": name, "block": block}});
    let reference = |unit: &str, endpoint: Option<&str>| {
        let mut to = serde_json::json!({"part": "url", "unit": [unit]});
        if let Some(endpoint) = endpoint {
            to["endpoint"] = endpoint.into();
        }
        serde_json::json!({"env": {"A": {"endpoint": to}}})
    };
    let listen = |json: serde_json::Value| serde_json::json!({ "listen": json });
    let proxx = unit("proxx", listen(serde_json::json!([{"scheme": "http", "at": 8789}])));
    let named = unit(
        "named",
        listen(
            serde_json::json!([{"name": "a", "at": 1}, {"name": "b", "scheme": "http", "at": 2}]),
        ),
    );
    for (units, expected) in [
        (vec![unit("a", reference("prox", None)), proxx.clone()], "unknown unit `prox`"),
        (vec![unit("a", reference("proxx", Some("x"))), proxx.clone()], "no endpoint `x`"),
        (vec![unit("a", reference("named", None)), named.clone()], "`named` has several endpoints"),
        (vec![unit("a", reference("named", Some("a"))), named], "`named:a` has no scheme"),
        (
            vec![unit("a", serde_json::json!({"ready": {"kind": "tcp", "values": []}}))],
            "`a` has no endpoint",
        ),
        (
            vec![unit("a", listen(serde_json::json!([{"scheme": "h_t", "at": 1}])))],
            "`h_t` is not the scheme of a URL",
        ),
        (vec![unit("a", listen(serde_json::json!([{"at": "host"}])))], "it has no port"),
        (
            vec![proxx.clone(), unit("b", listen(serde_json::json!([{"at": "0.0.0.0:8789"}])))],
            "`b` and `proxx` have the same port 8789",
        ),
        (
            vec![unit("a", serde_json::json!({"settings": {"args": ["{url}"]}}))],
            "`a` has no endpoint",
        ),
    ] {
        let problems = problems(&units.into());
        assert!(problems.iter().any(|line| line.contains(expected)), "{expected}: {problems:#?}");
    }
    let unlinked = Link { path: "infra::INFRA", ecosystem: &infra::INFRA };
    assert_eq!(unlinked.ecosystem.title(), "infra");
}

#[test]
fn an_endpoint_gives_the_port_that_a_template_requires() {
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        template web { env { PORT; } }
        script one: web { run "one"; listen http auto; }
        script other: web { run "other"; port 8170; }
    };
    let system = SYSTEM.resolve(&Options::default()).unwrap();
    assert_eq!(system.app("other").unwrap().port(), Some(8170));
    assert!(system.app("one").unwrap().port().is_some());
    assert!(!system.app("one").unwrap().env.contains("PORT"));
}
