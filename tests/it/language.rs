//! The language, construct by construct, and what each comes to.

use std::time::Duration;

use promethean::app::{Interpreter, Program, SourcePiece, SourceText, Sources};
use promethean::attribute::Setting;
use promethean::declaration::Condition;
use promethean::handle::Link;
use promethean::kind::Signal;
use promethean::probe::{Alive, Probe, Test};
use promethean::{App, Dependency, Ecosystem, Options, System, Variable, ecosystem};

const CRATE: &str = env!("CARGO_MANIFEST_DIR");

fn resolve(ecosystem: &Ecosystem) -> System {
    ecosystem.resolve(&Options::default()).unwrap()
}

fn resolve_in(ecosystem: &Ecosystem, profile: &str) -> System {
    ecosystem.resolve(&Options { profile: Some(profile.into()), ..Options::default() }).unwrap()
}

fn names(system: &System) -> Vec<&str> {
    system.apps.iter().map(|app| app.name.as_str()).collect()
}

fn env<'a>(app: &'a App, key: &str) -> Option<&'a str> {
    match app.env.get(key)? {
        Variable::Plain(text) => Some(text),
        Variable::Read(_) => None,
    }
}

fn line(system: &System, app: &str) -> String {
    system.app(app).unwrap().program.command_line().join(" ")
}

mod names {
    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node eidolon-field;
        node gpt-4;
        node "@acme/api v2";
        node type;
        node r#match;
        python node { module app; }
        agent fn {
            node loop;
            node my-part;
        }
        node other { depends_on fn.loop, "@acme/api v2", gpt-4, fn.my-part, type; }
    };

    #[test]
    fn any_word_is_a_name() {
        let system = resolve(&SYSTEM);
        assert_eq!(
            names(&system),
            [
                "eidolon-field",
                "gpt-4",
                "@acme/api v2",
                "type",
                "match",
                "node",
                "fn_loop",
                "fn_my-part",
                "other"
            ]
        );
        assert_eq!(system.app("fn_loop").unwrap().agent.as_deref(), Some("fn"));
        assert_eq!(system.app("fn_loop").unwrap().short_name, "loop");
        let waits_for: Vec<&str> = system
            .app("other")
            .unwrap()
            .depends_on
            .iter()
            .map(|dependency| dependency.on.as_str())
            .collect();
        assert_eq!(waits_for, ["fn_loop", "@acme/api v2", "gpt-4", "fn_my-part", "type"]);
    }

    const STAGE: &str = "stage";

    static NAMESPACES: Ecosystem = ecosystem! {
        paths unchecked;
        template tool { namespace tools; }
        node cart { namespace shop; profile demo { namespace "shop demo"; } }
        node hammer: tool;
        node plain;
        agent duck {
            node talk;
            node listen { namespace (STAGE); }
            node saw: tool { unset namespace; }
        }
    };

    #[test]
    fn a_namespace_is_that_of_the_agent_or_what_is_written() {
        let system = resolve(&NAMESPACES);
        let of = |app: &str| system.app(app).unwrap().namespace();
        assert_eq!(of("cart"), Some("shop"));
        assert_eq!(of("hammer"), Some("tools"));
        assert_eq!(of("plain"), None);
        assert_eq!(of("duck_talk"), Some("duck"));
        assert_eq!(of("duck_listen"), Some("stage"));
        assert_eq!(of("duck_saw"), Some("duck"));
        let demo = resolve_in(&NAMESPACES, "demo");
        assert_eq!(demo.app("cart").unwrap().namespace(), Some("shop demo"));
        // The agent stays what commands act on.
        let line = system.app("duck_listen").unwrap();
        assert_eq!((line.agent.as_deref(), line.name.as_str()), (Some("duck"), "duck_listen"));
        let definition = promethean::emit::definition(line);
        assert_eq!(definition["namespace"], "stage");
        let keys: Vec<&str> = definition.keys().map(String::as_str).collect();
        assert_eq!(keys.iter().filter(|key| **key == "namespace").count(), 1);
    }

    mod elsewhere {
        use super::*;

        pub(super) static OTHER: Ecosystem = ecosystem! {
            paths unchecked;
            node shop;
        };
    }

    fn name_of_an_app() -> String {
        "cart".to_owned()
    }

    static LIKE_ANOTHER: Ecosystem = ecosystem! {
        paths unchecked;
        include elsewhere::OTHER;
        node cart { namespace shop; }
        node stock { namespace (name_of_an_app()); }
        node all-of-it { namespace (["a", "l", "l"][1..].concat()); }
        node every { namespace ("all"); }
    };

    #[test]
    fn a_namespace_that_pm2_takes_for_something_else_is_an_error() {
        let error = LIKE_ANOTHER.resolve(&Options::default()).unwrap_err().to_string();
        for said in [
            "cart › namespace: reserved name `shop`: an app has it",
            "stock › namespace: reserved name `cart`: an app has it",
            "every › namespace: reserved name `all`: PM2 takes it for all of its apps",
        ] {
            assert!(error.contains(said), "{said}\n{error}");
        }
        assert!(!error.contains("all-of-it"), "{error}");
    }
}

mod programs {
    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        python a;
        python b { runner uv; module "app.main"; args "--port", 80; }
        python c { runner poetry; module "pkg.server"; }
        python d { runner system; }
        python e { runner venv ".venv"; }
        python f { run "uvicorn", "app:app"; args "--reload"; }
        python g { runner venv "../shared/venv/"; run "uvicorn", "app:app"; }
        node h;
        node i { entry "dist/index.js"; node_args "--max-old-space-size=300"; args "x"; }
        // PM2 runs Bun in a cluster, too, where instances share a port.
        node j { runner bun; instances 2; port 3000; }
        node k { runner npm; run "dev"; args "--port", "3"; }
        node l { interpreter "/opt/node18/bin/node"; }
        script m { run "./program", "{name}", "{{}}"; args "{dir}"; }
        script n { run "main.rb"; interpreter ruby; }
    };

    #[test]
    fn kinds_and_runners_say_what_runs() {
        let system = resolve(&SYSTEM);
        let python = if cfg!(windows) { "python" } else { "python3" };
        for (app, expected) in [
            ("a", "pipenv run python -m main"),
            ("b", "uv run python -m app.main --port 80"),
            ("c", "poetry run python -m pkg.server"),
            ("d", &format!("{python} -m main")),
            ("e", ".venv/bin/python -m main"),
            ("f", "pipenv run uvicorn app:app --reload"),
            ("g", "../shared/venv/bin/uvicorn app:app"),
            ("h", "node ."),
            ("i", "node --max-old-space-size=300 dist/index.js x"),
            ("j", "bun ."),
            ("k", "npm run dev -- --port 3"),
            ("l", "/opt/node18/bin/node ."),
            ("m", &format!("./program m {{}} {CRATE}")),
            ("n", "ruby main.rb"),
        ] {
            assert_eq!(line(&system, app), expected, "{app}");
        }
        let program = |app: &str| system.app(app).unwrap().program.clone();
        assert_eq!(program("h"), Program { script: ".".into(), ..Program::default() });
        assert_eq!(program("a").interpreter, Interpreter::None);
        assert_eq!(program("k").interpreter, Interpreter::None);
        assert_eq!(program("j").interpreter, Interpreter::Program("bun".into()));
    }
}

mod values {
    use super::*;

    const PORT: u16 = 8080;
    static HOST: &str = "localhost";

    fn patience() -> Duration {
        Duration::from_millis(2_500)
    }

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node web {
            port (PORT);
            instances (2_usize + 1);
            autorestart (PORT == 80);
            kill_timeout (patience());
            max_memory_restart (300 * 1024 * 1024);
            out_file (format!("{HOST}/{{name}}.log"));
            watch (true);
            exec_mode (["fork", "cluster"][1]);
            restart_delay 1_500ms;
            min_uptime 2h;
            stop_exit_codes 0, 143;
            watch_options { usePolling true; interval (50 + 50); ignored "a", "b"; depth 3; atomic 1s; }
            io { http true; ratio 0.5; level high; }
            allow unusual-key "any name can be quoted";
            env {
                HOST = (HOST);
                PORT = (PORT + 1);
                ID = 449279570445729793;
                BIG = 99999999999999999999999999;
                GROUPED = 300_000;
                NEGATIVE = -1;
                HALF = 0.50;
                PAUSE = 10s;
                SPACE = 1_024M;
                YES = true;
                MODE = production;
                SLUG = a-b;
                "a.b c" = "quoted";
                BRACES = "{{\"a\": 1}}";
                NAME = "{name} in {root} at {dir}";
            }
        }
    };

    #[test]
    fn values_are_typed_and_expressions_are_evaluated() {
        let system = resolve(&SYSTEM);
        let app = system.app("web").unwrap();
        let settings: Vec<(&str, String)> = app
            .settings
            .iter()
            .map(|(attribute, setting)| (attribute.name, serde_json::to_string(setting).unwrap()))
            .collect();
        let expected = [
            ("exec_mode", r#""cluster""#),
            ("instances", "3"),
            ("port", "8080"),
            ("autorestart", "false"),
            ("restart_delay", "1500"),
            ("min_uptime", "7200000"),
            ("stop_exit_codes", "[0,143]"),
            ("max_memory_restart", r#""300M""#),
            ("kill_timeout", "2500"),
            ("watch", "true"),
            ("ignore_watch", r#"["**/.*","**/node_modules","localhost/[{]name}*.log*"]"#),
            (
                "watch_options",
                r#"{"usePolling":true,"interval":100,"ignored":["a","b"],"depth":3,"atomic":1000}"#,
            ),
            // What an expression gives stays as it is.
            ("out_file", r#""localhost/{name}.log""#),
            ("io", r#"{"http":true,"ratio":0.5,"level":"high"}"#),
        ];
        let expected: Vec<(&str, String)> =
            expected.iter().map(|(name, json)| (*name, (*json).to_owned())).collect();
        assert_eq!(settings, expected);
        for (key, value) in [
            ("HOST", "localhost"),
            ("PORT", "8081"),
            ("ID", "449279570445729793"),
            ("BIG", "99999999999999999999999999"),
            ("GROUPED", "300000"),
            ("NEGATIVE", "-1"),
            ("HALF", "0.50"),
            ("PAUSE", "10s"),
            ("SPACE", "1024M"),
            ("YES", "true"),
            ("MODE", "production"),
            ("SLUG", "a-b"),
            ("a.b c", "quoted"),
            ("BRACES", r#"{"a": 1}"#),
            ("NAME", &format!("web in {CRATE} at {CRATE}")),
        ] {
            assert_eq!(env(app, key), Some(value), "{key}");
        }
    }

    #[test]
    fn an_expression_runs_once_also_where_units_are_named() {
        use std::sync::atomic::{AtomicUsize, Ordering};

        static RUNS: AtomicUsize = AtomicUsize::new(0);

        fn port() -> u16 {
            RUNS.fetch_add(1, Ordering::SeqCst);
            8001
        }

        static NAMED: Ecosystem = ecosystem! {
            paths unchecked;
            script a { run "a"; port (port()); }
            script b { run "b"; }
        };

        let options = Options { units: vec!["a".to_owned()], ..Options::default() };
        let target = promethean::operations::Target::new(&NAMED, &options).unwrap();
        let named: Vec<&str> = target.named().map(|app| app.name.as_str()).collect();
        assert_eq!(named, ["a"]);
        assert_eq!(target.system().apps.len(), 2);
        assert_eq!(RUNS.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_expression_that_gives_the_wrong_value_is_an_error_at_run_time() {
        static WRONG: Ecosystem = ecosystem! { node web { port (0); exec_mode ("forked"); } };
        let error = WRONG.resolve(&Options::default()).unwrap_err().to_string();
        assert_eq!(
            error,
            "web › exec_mode: unknown exec_mode `forked`\n  help: did you mean `fork`?\n\
             web › port: `port` must be between 1 and 65535, found 0"
        );
    }
}

mod layers {
    use super::*;

    static BASE: Ecosystem = ecosystem! {
        paths unchecked;
        defaults {
            restart_delay 1s;
            args "base";
            env { LAYER = "used"; USED = "{name}"; KEPT = 1; }
            depends_on log;
            profile fast { restart_delay 1ms; env { LAYER = "used fast"; } }
        }
        env shared { SHARED = "shared"; LAYER = "set"; NEEDED; }
        template bot {
            restart_delay 3s;
            kill_timeout 3s;
            env { ..shared; LAYER = "template"; ROOT = "{root}"; DIR = "{dir}"; AGENT = "{agent}"; }
            node talk "talk" { env { TALK = 1; } }
            node listen "listen" { args "own"; kill_timeout 5s; }
            script extra "extra" { run "x"; }
        }
        node log "log" { unset depends_on; }
    };

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        root "examples";
        use BASE;
        defaults {
            restart_delay 2s;
            env { LAYER = "own"; }
            profile fast { restart_delay 2ms; }
        }
        agent duck: bot {
            env { LAYER = "agent"; NEEDED = "given"; unset KEPT; }
            override listen {
                unset kill_timeout;
                env { LAYER = "override"; }
                profile fast { env { LAYER = "override fast"; } }
            }
            without extra;
            node own "own" { kill_timeout 4s; unset depends_on; unset env; }
        }
        node web { unset args; }
    };

    #[test]
    fn the_more_specific_value_wins() {
        let system = resolve(&SYSTEM);
        assert_eq!(names(&system), ["log", "duck_talk", "duck_listen", "duck_own", "web"]);
        let app = |name: &str| system.app(name).unwrap();
        let seconds = |name: &str, attribute: &str| match app(name).setting(attribute) {
            Some(Setting::Duration(duration)) => Some(duration.as_secs()),
            _ => None,
        };
        let restart: Vec<_> =
            ["web", "duck_talk", "duck_own"].map(|name| seconds(name, "restart_delay")).to_vec();
        assert_eq!(restart, [Some(2), Some(3), Some(3)]);
        let kill = ["web", "duck_talk", "duck_listen", "duck_own"]
            .map(|name| seconds(name, "kill_timeout"));
        assert_eq!(kill, [None, Some(3), None, Some(4)]);
        assert_eq!(env(app("web"), "LAYER"), Some("own"));
        assert_eq!(env(app("duck_talk"), "LAYER"), Some("agent"));
        assert_eq!(env(app("duck_listen"), "LAYER"), Some("override"));
        assert_eq!(env(app("duck_talk"), "SHARED"), Some("shared"));
        assert_eq!(env(app("duck_talk"), "NEEDED"), Some("given"));
        assert_eq!(env(app("duck_talk"), "USED"), Some("duck_talk"));
        assert_eq!((env(app("duck_talk"), "KEPT"), env(app("web"), "KEPT")), (None, Some("1")));
        assert_eq!(app("duck_own").env.len(), 0);
        assert_eq!(line(&system, "duck_talk"), "node . base");
        assert_eq!(line(&system, "duck_listen"), "node . own");
        assert_eq!(line(&system, "web"), "node .");
    }

    #[test]
    fn a_template_is_resolved_where_it_is_written_and_its_root_is_that_of_the_user() {
        let system = resolve(&SYSTEM);
        let talk = system.app("duck_talk").unwrap();
        assert_eq!(talk.directory, format!("{CRATE}/talk"));
        assert_eq!(env(talk, "ROOT"), Some(&*format!("{CRATE}/examples")));
        assert_eq!(env(talk, "DIR"), Some(&*format!("{CRATE}/talk")));
        assert_eq!(env(talk, "AGENT"), Some("duck"));
        assert_eq!(system.app("duck_own").unwrap().directory, format!("{CRATE}/examples/own"));
        // The unit that the used defaults depend on is one of their own ecosystem.
        assert_eq!(
            talk.depends_on,
            [Dependency {
                on: "log".into(),
                condition: Condition::Started,
                timeout: None,
                restarts: false
            }]
        );
        assert_eq!(system.app("duck_own").unwrap().depends_on, []);
    }

    #[test]
    fn each_layer_has_its_profile_behind_it() {
        let system = resolve_in(&SYSTEM, "fast");
        let milliseconds = |name: &str| match system.app(name).unwrap().setting("restart_delay") {
            Some(Setting::Duration(duration)) => duration.as_millis(),
            other => panic!("{other:?}"),
        };
        assert_eq!((milliseconds("web"), milliseconds("duck_talk")), (2, 3_000));
        let layer = |name: &str| env(system.app(name).unwrap(), "LAYER");
        assert_eq!(layer("web"), Some("own"));
        assert_eq!(layer("log"), Some("used fast"));
        assert_eq!(layer("duck_listen"), Some("override fast"));
    }
}

mod dependencies {
    use super::*;

    mod infra {
        use super::*;

        pub static INFRA: Ecosystem = ecosystem! {
            paths unchecked;
            external mongodb { ready tcp "127.0.0.1:27017" { timeout 5s; interval 100ms; } hint "Start it."; }
            external untouched;
            script migrate "migrate" { run "./migrate"; autorestart false; depends_on mongodb; }
            agent store {
                node cache "cache";
                node index "index" { depends_on cache; ready log "listening"; }
            }
        };
    }

    use infra::INFRA;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node first { depends_on last; }
        agent duck {
            depends_on store-of-duck(ready);
            node talk { depends_on ear, INFRA.migrate(completed), infra::INFRA.mongodb; }
            node ear { depends_on INFRA.store.index(started); ready exec "./probe", "x"; }
        }
        node store-of-duck { ready http "http://127.0.0.1/health" { status 401; } }
        node watcher { depends_on duck, duck.ear; }
        node last;
    };

    fn waits_for(system: &System, app: &str) -> Vec<(String, Condition)> {
        let app = system.app(app).unwrap();
        app.depends_on
            .iter()
            .map(|dependency| (dependency.on.to_string(), dependency.condition))
            .collect()
    }

    #[test]
    fn order_is_that_of_writing_where_dependencies_leave_a_choice() {
        let system = resolve(&SYSTEM);
        assert_eq!(
            names(&system),
            [
                "migrate",
                "store_cache",
                "store_index",
                "store-of-duck",
                "duck_ear",
                "duck_talk",
                "watcher",
                "last",
                "first"
            ]
        );
        let externals: Vec<&str> =
            system.externals.iter().map(|external| external.name.as_str()).collect();
        assert_eq!(externals, ["mongodb"]);
        assert_eq!(system.externals[0].hint.as_deref(), Some("Start it."));
        assert_eq!(
            system.externals[0].ready,
            Some(Probe {
                test: Test::Tcp("127.0.0.1:27017".into()),
                timeout: Duration::from_secs(5),
                interval: Duration::from_millis(100)
            })
        );
    }

    #[test]
    fn an_http_probe_has_the_status_it_expects() {
        let test = |status: &str| {
            let json = format!(
                r#"{{"units": [{{"external": {{"name": "web", "ready": {{"kind": "http",
                    "values": ["http://127.0.0.1/"] {status}}}}}}}]}}"#
            );
            let declaration = serde_json::from_str(&json).unwrap();
            let checked = promethean::checked(declaration, None).map_err(|found| found.to_string());
            checked.map(|declaration| {
                let ecosystem = Ecosystem::from_declaration(declaration, "/".to_owned(), &[]);
                resolve(&ecosystem).externals[0].ready.clone().unwrap().test
            })
        };
        let http = |status| Ok(Test::Http { url: "http://127.0.0.1/".into(), status });
        assert_eq!(test(""), http(None));
        assert_eq!(test(r#", "status": 401"#), http(Some(401)));
        let error = test(r#", "status": 99"#).unwrap_err();
        assert!(error.contains("`status` must be between 200 and 599, found 99"), "{error}");
        let store = resolve(&SYSTEM).app("store-of-duck").unwrap().ready.clone();
        let url = "http://127.0.0.1/health".into();
        assert_eq!(store.unwrap().test, Test::Http { url, status: Some(401) });
    }

    const LONG: Duration = Duration::from_secs(90);

    static OPTIONS: Ecosystem = ecosystem! {
        paths unchecked;
        external mongodb { ready tcp "127.0.0.1:27017"; }
        script migrate { run "./migrate"; autorestart false; depends_on mongodb (timeout 5s); }
        template bot {
            depends_on db (timeout 10s), migrate (completed, timeout 1h);
            node talk { depends_on db (restarts); }
            node listen { depends_on db (ready, timeout (LONG), restarts); }
        }
        agent duck: bot { override talk { depends_on db (ready, timeout 20s); } }
        script db { run "./db"; ready tcp "127.0.0.1:5432"; }
        script plain { run "./plain"; depends_on db, listener (restarts); }
        script listener { run "./listener"; }
    };

    #[test]
    fn a_dependency_has_a_time_and_follows_restarts() {
        let system = resolve(&OPTIONS);
        let on = |app: &str, on: &str| {
            let app = system.app(app).unwrap();
            let found = app.depends_on.iter().find(|dependency| dependency.on == on).unwrap();
            (found.condition, found.timeout.map(|timeout| timeout.as_secs()), found.restarts)
        };
        assert_eq!(on("migrate", "mongodb"), (Condition::Ready, Some(5), false));
        assert_eq!(on("duck_talk", "migrate"), (Condition::Completed, Some(3_600), false));
        // The stronger layer's time counts, and one that says `restarts` is enough.
        assert_eq!(on("duck_talk", "db"), (Condition::Ready, Some(20), true));
        assert_eq!(on("duck_listen", "db"), (Condition::Ready, Some(90), true));
        assert_eq!(on("plain", "db"), (Condition::Ready, None, false));
        assert_eq!(on("plain", "listener"), (Condition::Started, None, true));
    }

    #[test]
    fn what_a_dependency_cannot_have_is_an_error_at_run_time_too() {
        let error = |dependency: &str| {
            let json = format!(
                r#"{{"units": [{{"external": {{"name": "db"}}}},
                    {{"service": {{"kind": "script", "name": "a", "block": {{"settings": {{"run": ["a"]}}}}}}}},
                    {{"service": {{"kind": "script", "name": "b", "block": {{"settings": {{"run": ["b"]}},
                        "depends_on": [{dependency}]}}}}}}]}}"#
            );
            let declaration: promethean::declaration::Declaration =
                serde_json::from_str(&json).unwrap();
            let checked = promethean::checked(declaration.clone(), None).unwrap_err().to_string();
            let ecosystem = Ecosystem::from_declaration(declaration, "/".to_owned(), &[]);
            let resolved = ecosystem.resolve(&Options::default()).unwrap_err().to_string();
            (checked, resolved)
        };
        for (dependency, said) in [
            (
                r#"{"unit": ["a"], "condition": "started", "timeout": {"duration": "1s"}}"#,
                "`timeout` has no effect on `a (started)`",
            ),
            (r#"{"unit": ["a"], "timeout": {"duration": "1s"}}"#, "`a` is never ready"),
            (
                r#"{"unit": ["a"], "condition": "completed", "timeout": 10}"#,
                "`timeout` expects a duration",
            ),
            (r#"{"unit": ["db"], "restarts": true}"#, "`db` is an external"),
        ] {
            let (checked, resolved) = error(dependency);
            assert!(checked.contains(said), "{checked}");
            assert!(resolved.contains(said), "{resolved}");
        }
    }

    static ALIVE: Ecosystem = ecosystem! {
        paths unchecked;
        template checked { alive tcp; rotate 10M, 5; kill_signal SIGTERM; }
        node web: checked {
            listen http 8000;
            alive http "/health" { interval 20s; timeout 1s; failures 5; status 204; }
            env_file ".env", "{dir}/.env.local";
        }
        node api: checked { listen http 8001; kill_signal SIGQUIT; }
        script tool: checked { run "./tool"; unset alive; unset rotate; unset kill_signal; }
        script own { run "./own"; alive exec "./alive", "{x"; rotate ("1K"), (2); }
    };

    #[test]
    fn what_only_some_engines_do_is_there_for_them() {
        let system = resolve(&ALIVE);
        let app = |name: &str| system.app(name).unwrap();
        let url = "http://127.0.0.1:8000/health".into();
        assert_eq!(
            app("web").alive,
            Some(Alive {
                test: Test::Http { url, status: Some(204) },
                interval: Duration::from_secs(20),
                timeout: Duration::from_secs(1),
                failures: 5
            })
        );
        assert_eq!(
            app("api").alive,
            Some(Alive {
                test: Test::Tcp("127.0.0.1:8001".into()),
                interval: Alive::DEFAULT_INTERVAL,
                timeout: Alive::DEFAULT_TIMEOUT,
                failures: Alive::DEFAULT_FAILURES
            })
        );
        assert_eq!(app("web").stop_policy().signal, Some(Signal::Term));
        assert_eq!(app("api").stop_policy().signal, Some(Signal::Quit));
        assert_eq!(app("own").stop_policy().signal, None);
        let rotation =
            |name: &str| app(name).rotation.map(|found| (found.size.bytes(), found.keep));
        assert_eq!(rotation("web"), Some((10 << 20, 5)));
        assert_eq!(rotation("own"), Some((1 << 10, 2)));
        assert_eq!((rotation("tool"), &app("tool").alive), (None, &None));
        assert_eq!(app("tool").stop_policy().signal, None);
        let args = vec!["{x".into()];
        let program = "./alive".into();
        assert_eq!(app("own").alive.as_ref().unwrap().test, Test::Exec { program, args });
        let files = app("web").env_files.iter();
        let names: Vec<&str> =
            files.map(|file| file.path.strip_prefix(CRATE).unwrap().as_str()).collect();
        assert_eq!(names, [".env", ".env.local"]);
        // None of it is written for PM2, and each is said.
        let config = promethean::emit::json(&promethean::emit::Config::new(&system));
        for word in ["alive", "rotate", "kill_signal", "SIGTERM"] {
            assert!(!config.contains(word), "{config}");
        }
        let left_out = promethean::emit::LeftOut::beyond(&system).to_string();
        assert_eq!(
            left_out,
            "left out: alive of web and 2 others, which PM2 cannot do\n\
             left out: kill_signal of web and api, which PM2 cannot do\n\
             left out: rotate of web and 2 others, which PM2 cannot do\n"
        );
    }

    #[test]
    fn what_pm2_never_starts_is_said() {
        static SYSTEM: Ecosystem = ecosystem! {
            paths unchecked;
            defaults { autorestart false; cron_restart "0 3 * * *"; }
            script job { run "./job"; autostart false; }
            script also { run "./also"; }
        };
        let system = SYSTEM.resolve(&Options::default()).unwrap();
        for left_out in [
            promethean::emit::LeftOut::beyond(&system),
            promethean::emit::LeftOut::of(&system, true),
        ] {
            assert_eq!(
                left_out.to_string(),
                "no effect: cron_restart of job, which PM2 never starts, as `autostart false` says\n"
            );
        }
    }

    /// A file that need not be there counts as another one where it is, and each only more than what is weaker.
    #[test]
    fn files_that_need_not_exist_are_read_where_they_do() {
        static SYSTEM: Ecosystem = ecosystem! {
            paths unchecked;
            defaults { env { A = "defaults"; B = "defaults"; } }
            template local { env_file_if_exists "local.env"; env { B = "template"; } }
            script web: local { run "./web"; env_file ".env"; env { D = "own"; } }
            script api {
                run "./api";
                env_file ".env";
                env_file_if_exists "local.env";
                env { A = "own"; }
            }
        };
        let (_guard, root) = promethean_test_support::files::directory();
        let options = Options { root: Some(root.clone()), ..Options::default() };
        let system = SYSTEM.resolve(&options).unwrap();
        let read = |app: &str| {
            let environment =
                promethean::secrets::Reader::new().environment(system.app(app).unwrap());
            let variables = environment.map_err(|error| error.to_string())?;
            let variables = variables.iter().filter(|(key, _)| key.len() == 1);
            let variables: std::collections::BTreeMap<_, _> =
                variables.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            Ok(variables
                .into_iter()
                .map(|(key, value)| key + "=" + &value)
                .collect::<Vec<_>>()
                .join(" "))
        };
        let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
        let missing: Result<String, String> = read("web");
        assert!(missing.unwrap_err().contains(".env cannot be read: it does not exist"));

        let variables = "A=env\nE=env\nF=env\nD=env\n";
        write(".env", variables);
        assert_eq!(read("web"), Ok("A=env B=template D=own E=env F=env".to_owned()));
        assert_eq!(read("api"), Ok("A=own B=defaults D=env E=env F=env".to_owned()));
        write("local.env", "A=local\nB=local\nE=local\nG=local\n");
        assert_eq!(read("web"), Ok("A=env B=template D=own E=env F=env G=local".to_owned()));
        assert_eq!(read("api"), Ok("A=own B=local D=env E=local F=env G=local".to_owned()));

        // The file for PM2 says the same.
        let config = root.join("ecosystem.config.cjs");
        std::fs::write(&config, promethean::emit::javascript(&system, None)).unwrap();
        let print = "for (const { name, env } of require(process.argv[1]).apps) console.log(name, \
                     ...Object.keys(env).filter((key) => key.length === 1).sort().map((key) => key + '=' + env[key]))";
        let of_node = || {
            let mut node = std::process::Command::new("node");
            let output = node.args(["-e", print, config.as_str()]).output().unwrap();
            String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
        };
        let by_reader = || format!("web {}\napi {}\n", read("web").unwrap(), read("api").unwrap());
        assert_eq!(of_node(), by_reader());
        std::fs::remove_file(root.join("local.env")).unwrap();
        assert_eq!(of_node(), by_reader());
        std::fs::remove_file(root.join(".env")).unwrap();
        assert!(of_node().contains("the env_file"), "{}", of_node());
    }

    #[test]
    fn of_several_files_the_last_counts() {
        static SYSTEM: Ecosystem = ecosystem! {
            paths unchecked;
            defaults { env { A = "defaults"; B = "defaults"; D = "defaults"; } }
            script web { run "./web"; env_file "one.env", "two.env"; env { B = "own"; } }
        };
        let (_guard, root) = promethean_test_support::files::directory();
        let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
        write("one.env", "A=one\nB=one\nC=one\nE=one\n");
        write("two.env", "A=two\nC=two\n");
        let options = Options { root: Some(root.clone()), ..Options::default() };
        let system = SYSTEM.resolve(&options).unwrap();
        let app = system.app("web").unwrap();
        let reader = promethean::secrets::Reader::new();
        let environment = reader.environment(app).unwrap();
        let mut read: Vec<(&str, &str)> = environment.iter().collect();
        read.sort_unstable();
        let expected = [("A", "two"), ("B", "own"), ("C", "two"), ("D", "defaults"), ("E", "one")];
        assert_eq!(read, expected);
        assert_eq!(reader.env_file_keys(app), ["A", "C", "E"]);
        let js = promethean::emit::javascript(&system, None);
        let (first, second) = (js.find("one.env").unwrap(), js.find("two.env").unwrap());
        assert!(first < second, "{js}");
        std::fs::remove_file(root.join("two.env")).unwrap();
        let missing = promethean::secrets::Reader::new().environment(app).unwrap_err().to_string();
        assert!(missing.contains("two.env cannot be read: it does not exist"), "{missing}");
    }

    #[test]
    fn a_dependency_waits_for_ready_where_there_is_a_probe() {
        let system = resolve(&SYSTEM);
        let expected = |list: &[(&str, Condition)]| {
            list.iter()
                .map(|(name, condition)| ((*name).to_owned(), *condition))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            waits_for(&system, "duck_talk"),
            expected(&[
                ("store-of-duck", Condition::Ready),
                ("duck_ear", Condition::Ready),
                ("migrate", Condition::Completed),
                ("mongodb", Condition::Ready),
            ])
        );
        assert_eq!(
            waits_for(&system, "duck_ear"),
            expected(&[("store-of-duck", Condition::Ready), ("store_index", Condition::Started)])
        );
        assert_eq!(
            waits_for(&system, "watcher"),
            expected(&[("duck_talk", Condition::Started), ("duck_ear", Condition::Ready)])
        );
    }

    #[test]
    fn units_bring_along_what_they_depend_on() {
        let select = |units: &[&str]| {
            let units = units.iter().map(|unit| (*unit).to_owned()).collect();
            SYSTEM.resolve(&Options { units, ..Options::default() })
        };
        assert_eq!(names(&select(&["first"]).unwrap()), ["last", "first"]);
        let ear = ["store_cache", "store_index", "store-of-duck", "duck_ear"];
        assert_eq!(names(&select(&["duck.ear"]).unwrap()), ear);
        assert_eq!(names(&select(&["duck_ear"]).unwrap()), ear);
        assert_eq!(names(&select(&["duck"]).unwrap()).len(), 6);
        assert_eq!(select(&["duck.ear"]).unwrap().externals, []);
        let error = select(&["duck.eer"]).unwrap_err().to_string();
        assert!(error.contains("unknown service or agent `duck.eer`"), "{error}");
    }

    #[test]
    fn a_whole_ecosystem_can_be_depended_on() {
        static ALL: Ecosystem = ecosystem! { paths unchecked; node web { depends_on INFRA; } };
        let system = resolve(&ALL);
        assert_eq!(names(&system), ["migrate", "store_cache", "store_index", "web"]);
        assert_eq!(system.externals.len(), 2);
        assert_eq!(waits_for(&system, "web").len(), 5);
    }
}

mod includes {
    use super::*;

    static SHARED: Ecosystem = ecosystem! { paths unchecked; root "examples"; node shared "here"; };
    static LEFT: Ecosystem = ecosystem! {
        paths unchecked;
        include SHARED;
        node left { depends_on SHARED.shared; }
    };
    static RIGHT: Ecosystem = ecosystem! { paths unchecked; node right; include SHARED; };
    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        defaults { autorestart false; }
        node own;
        include RIGHT;
        include LEFT;
    };

    #[test]
    fn a_unit_reached_twice_is_one_unit_with_its_own_root_and_defaults() {
        let system = resolve(&SYSTEM);
        assert_eq!(names(&system), ["own", "right", "shared", "left"]);
        let shared = system.app("shared").unwrap();
        assert_eq!(shared.directory, format!("{CRATE}/examples/here"));
        assert_eq!(shared.setting("autorestart"), None);
        assert_eq!(
            system.app("own").unwrap().setting("autorestart"),
            Some(&Setting::Boolean(false))
        );
    }

    #[test]
    fn another_root_moves_what_lies_in_it() {
        let options = Options { root: Some("/srv".into()), ..Options::default() };
        let system = SYSTEM.resolve(&options).unwrap();
        assert_eq!(system.root, "/srv");
        assert_eq!(system.app("own").unwrap().directory, "/srv");
        assert_eq!(system.app("shared").unwrap().directory, "/srv/examples/here");
        let system = LEFT.resolve(&options).unwrap();
        assert_eq!(system.app("shared").unwrap().directory, "/srv/examples/here");
        let system = SHARED.resolve(&options).unwrap();
        assert_eq!(system.app("shared").unwrap().directory, "/srv/here");
    }

    #[test]
    fn two_units_of_one_name_are_an_error() {
        static OTHER: Ecosystem = ecosystem! { paths unchecked; name other; node own; };
        static LINKS: [Link; 1] = [Link { path: "OTHER", ecosystem: &OTHER }];
        let declaration = serde_json::from_str(
            r#"{"units": [{"service": {"kind": "node", "name": "own"}}, {"include": "OTHER"}]}"#,
        );
        let ecosystem = Ecosystem::from_declaration(declaration.unwrap(), "/repo", &LINKS);
        let error = ecosystem.resolve(&Options::default()).unwrap_err().to_string();
        assert!(
            error.contains("duplicate name `own`: it is declared in the ecosystem and in `other`"),
            "{error}"
        );
    }
}

mod profiles {
    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        node web {
            instances 1;
            profile production { instances max; env { MODE = "production"; } depends_on monitor; }
            profile dev { watch "."; }
        }
        node monitor { only_profile production, staging; }
        agent helpers { only_profile dev; node inspector; node debugger { unset only_profile; } }
        node last { depends_on helpers; }
    };

    #[test]
    fn a_profile_adds_attributes_and_services() {
        assert_eq!(names(&resolve(&SYSTEM)), ["web", "helpers_debugger", "last"]);
        let production = resolve_in(&SYSTEM, "production");
        assert_eq!(names(&production), ["monitor", "web", "helpers_debugger", "last"]);
        let web = production.app("web").unwrap();
        // `max` is 0 to PM2's validator, which knows numbers alone.
        assert_eq!(web.setting("instances"), Some(&Setting::Integer(0)));
        assert_eq!(env(web, "MODE"), Some("production"));
        let dev = resolve_in(&SYSTEM, "dev");
        assert_eq!(names(&dev), ["web", "helpers_inspector", "helpers_debugger", "last"]);
        assert_eq!(dev.app("last").unwrap().depends_on.len(), 2);
    }

    #[test]
    fn what_a_profile_does_not_have_is_said() {
        let options = |profile: Option<&str>, unit: &str| Options {
            profile: profile.map(str::to_owned),
            units: vec![unit.to_owned()],
            ..Options::default()
        };
        let error = SYSTEM.resolve(&options(Some("dev"), "monitor")).unwrap_err().to_string();
        assert_eq!(
            error,
            "`monitor` does not exist in the profile `dev`: it has `only_profile production, staging`"
        );
        let error = SYSTEM.resolve(&options(Some("prodution"), "web")).unwrap_err().to_string();
        assert_eq!(error, "unknown profile `prodution`\n  help: did you mean `production`?");
    }
}

mod outside {
    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        root "examples";
        secrets "all.env";
        defaults { secrets "defaults.env"; }
        agent duck {
            secrets "duck.env";
            node talk "talk" {
                secrets "own.env";
                env_file "private.env";
                env {
                    TOKEN = secret;
                    OTHER = secret "STORED";
                    URL = "mongodb://{name}:{secret PASSWORD}@{{host}}";
                    HOME_OF = inherit "HOME";
                    LANG = inherit or "C";
                    PORT = inherit "PORT_OF_DUCK" or (80);
                    RETRIES = inherit or 3;
                    CACHE = inherit or "{inherit HOME}/.cache" or "/tmp/{name}";
                    LEGACY = secret or inherit "OLDER" or unset;
                }
            }
        }
    };

    #[test]
    fn secrets_are_looked_for_from_the_nearest_file_on() {
        let system = resolve(&SYSTEM);
        let talk = system.app("duck_talk").unwrap();
        let root = format!("{CRATE}/examples");
        let files: Vec<&str> = talk.secret_files.iter().map(|file| file.as_str()).collect();
        let expected = ["talk/own.env", "duck.env", "defaults.env", "all.env"]
            .map(|file| format!("{root}/{file}"));
        assert_eq!(files, expected);
        assert_eq!(talk.env_files[0].path, format!("{root}/talk/private.env"));
        let secret = |name: &str| SourcePiece::Secret(name.into());
        let literal = |text: &str| SourcePiece::Literal(text.into());
        let inherited = |name: &str| SourcePiece::Inherited(name.into());
        let read = |sources: &[&[SourcePiece]], or_unset: bool| {
            let in_order = sources.iter().map(|pieces| SourceText(pieces.to_vec())).collect();
            Some(&Variable::Read(Sources { in_order, or_unset })).cloned()
        };
        let given = |key: &str| talk.env.get(key).cloned();
        assert_eq!(given("TOKEN"), read(&[&[secret("TOKEN")]], false));
        assert_eq!(given("OTHER"), read(&[&[secret("STORED")]], false));
        let url = [literal("mongodb://duck_talk:"), secret("PASSWORD"), literal("@{host}")];
        assert_eq!(given("URL"), read(&[&url], false));
        assert_eq!(given("HOME_OF"), read(&[&[inherited("HOME")]], false));
        assert_eq!(given("LANG"), read(&[&[inherited("LANG")], &[literal("C")]], false));
        assert_eq!(given("PORT"), read(&[&[inherited("PORT_OF_DUCK")], &[literal("80")]], false));
        assert_eq!(given("RETRIES"), read(&[&[inherited("RETRIES")], &[literal("3")]], false));
        let cache = [inherited("HOME"), literal("/.cache")];
        let cache = [&[inherited("CACHE")][..], &cache, &[literal("/tmp/duck_talk")]];
        assert_eq!(given("CACHE"), read(&cache, false));
        let legacy = [&[secret("LEGACY")][..], &[inherited("OLDER")]];
        assert_eq!(given("LEGACY"), read(&legacy, true));
    }
}

/// Templates of attributes, over two files.
mod templates {
    use super::*;

    mod base {
        use promethean::{Ecosystem, ecosystem};

        pub static OLDEST: Ecosystem = ecosystem! {
            paths unchecked;
            template oldest {
                kill_timeout 1s;
                env { OLDEST = "{name}"; LAYER = "oldest"; }
                depends_on db;
            }
            external db;
        };

        pub static BASE: Ecosystem = ecosystem! {
            paths unchecked;
            use OLDEST;
            template base: oldest { restart_delay 2s; env { LAYER = "base"; KEY; } }
            template left: base { env { LAYER = "left"; LEFT = 1; } }
            template right: base { restart_delay 3s; env { LAYER = "right"; } profile fast { restart_delay 3ms; } }
            template bot: left {
                env { LAYER = "bot"; }
                node talk: right "talk" { env { TALK = 1; } }
                node listen "listen";
            }
        };
    }

    use base::BASE;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        use BASE;
        template own: right, left { env { OWN = 1; unset LEFT; } }
        node one: left, right "one" { env { KEY = 1; } }
        node two: right, left "two" { env { KEY = 2; } }
        node three: own "three" { restart_delay 1s; env { KEY = 3; } }
        agent duck: bot, right {
            env { KEY = "duck"; AGENT = "{agent}"; }
            override listen { env { LAYER = "override"; } }
            node mine: own "mine" { env { LAYER = "service"; } }
        }
        agent owl: bot { without talk; env { KEY = "owl"; } }
    };

    fn milliseconds(system: &System, name: &str, key: &str) -> u128 {
        match system.app(name).unwrap().setting(key) {
            Some(Setting::Duration(duration)) => duration.as_millis(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_right_one_is_stronger_and_each_counts_once() {
        let system = resolve(&SYSTEM);
        let given = |name: &str, key: &str| env(system.app(name).unwrap(), key).map(str::to_owned);
        let given = |name: &str, key: &str| given(name, key).unwrap_or_default();
        assert_eq!((given("one", "LAYER"), given("two", "LAYER")), ("right".into(), "left".into()));
        // What `left` is made from is weaker than `right`, which is made from it, too.
        assert_eq!(milliseconds(&system, "one", "restart_delay"), 3_000);
        assert_eq!(milliseconds(&system, "two", "restart_delay"), 3_000);
        assert_eq!(milliseconds(&system, "three", "restart_delay"), 1_000);
        assert_eq!(milliseconds(&system, "three", "kill_timeout"), 1_000);
        assert_eq!(given("two", "OLDEST"), "two");
        assert_eq!((given("two", "LEFT"), given("three", "LEFT")), ("1".into(), String::new()));
        let on = Dependency {
            on: "db".into(),
            condition: Condition::Started,
            timeout: None,
            restarts: false,
        };
        assert_eq!(system.app("three").unwrap().depends_on, [on]);
    }

    #[test]
    fn templates_of_attributes_stand_beside_one_with_services() {
        let system = resolve(&SYSTEM);
        let names: Vec<&str> = system.apps.iter().map(|app| app.name.as_str()).collect();
        let of_agents = ["duck_talk", "duck_listen", "duck_mine", "owl_listen"];
        assert_eq!(names[3..], of_agents);
        let given = |name: &str, key: &str| env(system.app(name).unwrap(), key).unwrap_or_default();
        for (name, layer) in of_agents.iter().zip(["right", "override", "service", "bot"]) {
            assert_eq!(given(name, "LAYER"), layer, "{name}");
        }
        assert_eq!((given("duck_talk", "TALK"), given("duck_talk", "AGENT")), ("1", "duck"));
        assert_eq!((given("duck_mine", "OWN"), given("duck_mine", "KEY")), ("1", "duck"));
        assert_eq!(system.app("duck_talk").unwrap().directory, format!("{CRATE}/talk"));
    }

    #[test]
    fn the_profile_of_a_template_comes_behind_it() {
        let system = resolve_in(&SYSTEM, "fast");
        assert_eq!(milliseconds(&system, "one", "restart_delay"), 3);
        assert_eq!(milliseconds(&system, "three", "restart_delay"), 1_000);
    }

    #[test]
    fn a_declaration_is_checked_when_it_is_resolved() {
        let faults = |json: serde_json::Value| {
            let declaration = serde_json::from_value(json).unwrap();
            let ecosystem = Ecosystem::from_declaration(declaration, "/", &[]);
            ecosystem.resolve(&Options::default()).unwrap_err().to_string()
        };
        let service = |template: &str| {
            serde_json::json!({
                "templates": [
                    {"name": "bot", "services": [{"kind": "node", "name": "talk"}]},
                    {"name": "a", "template": "b"},
                    {"name": "b", "template": ["a"]},
                ],
                "units": [{"service": {"kind": "node", "name": "web", "template": template}}]
            })
        };
        assert!(faults(service("bto")).contains("unknown template `bto`"));
        assert!(
            faults(service("bot")).contains("`bot` is a template of services: it is for agents")
        );
        assert!(faults(service("a")).contains("template is made from itself: a → b → a"));
    }
}

mod paths_below_the_root {
    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        root "examples";
        paths unchecked;
        node web "deep/below" {
            entry "{root}/servers/{name}.js";
            node_args "--require", "{root}/trace.js";
            env_file "{root}/{name}.env";
        }
    };

    #[test]
    fn a_program_what_it_loads_and_its_variables_can_lie_elsewhere() {
        let system = resolve(&SYSTEM);
        let web = system.app("web").unwrap();
        let root = format!("{CRATE}/examples");
        assert_eq!(web.program.script, format!("{root}/servers/web.js"));
        assert_eq!(
            web.program.interpreter_args,
            ["--require".to_owned(), format!("{root}/trace.js")]
        );
        assert_eq!(web.env_files[0].path, format!("{root}/web.env"));
    }
}

mod secrets_over_files {
    use std::collections::BTreeSet;

    use promethean::declaration::Declaration;
    use proptest::prelude::*;

    use super::*;

    mod base {
        use promethean::{Ecosystem, ecosystem};

        pub static BASE: Ecosystem = ecosystem! {
            paths unchecked;
            root "examples/base";
            secrets "base.env";
            defaults { secrets "defaults.env"; }
            template bot {
                secrets "bot.env";
                script talk { run "true"; env { TOKEN = secret; } }
            }
            env keys { KEY = secret; }
        };

        pub static PLAIN: Ecosystem = ecosystem! {
            template plain { script talk { run "true"; env { TOKEN = secret; } } }
        };
    }

    mod parts {
        use promethean::{Ecosystem, ecosystem};

        pub static SHARED: Ecosystem = ecosystem! {
            script shared { run "true"; env { TOKEN = secret; } }
        };

        pub static LEFT: Ecosystem = ecosystem! {
            secrets "left.env";
            include SHARED;
            script left { run "true"; env { TOKEN = secret; } }
        };

        pub static RIGHT: Ecosystem = ecosystem! {
            paths unchecked;
            root "examples";
            secrets "right.env";
            include SHARED;
            script right { run "true"; env { TOKEN = secret; } }
            script lonely { unset secrets; run "true"; env { TOKEN = secret; } }
        };

        pub static NEEDED: Ecosystem = ecosystem! {
            script needed { run "true"; env { TOKEN = secret; } }
        };
    }

    use base::{BASE, PLAIN};
    use parts::{LEFT, NEEDED, RIGHT};

    static SYSTEM: Ecosystem = ecosystem! {
        use BASE;
        use PLAIN;
        secrets "main.env";
        include LEFT;
        include RIGHT;
        agent duck: bot { secrets "duck.env"; }
        agent owl: plain;
        script own { secrets "own.env"; run "true"; env { ..keys; } depends_on NEEDED.needed; }
    };

    /// The files that the secrets of an app are looked for in, without the directory of this crate.
    fn files<'s>(system: &'s System, app: &str) -> Vec<&'s str> {
        let files = system.app(app).unwrap().secret_files.iter();
        files.map(|file| file.as_str().strip_prefix(CRATE).unwrap()).collect()
    }

    #[test]
    fn what_stands_at_the_top_holds_for_all_that_is_inside() {
        let system = resolve(&SYSTEM);
        let base = "/examples/base/base.env";
        let defaults = "/examples/base/defaults.env";
        let expected: [(&str, &[&str]); 8] = [
            // A template of another file: its own, the agent's, those of this file, that file's.
            ("duck_talk", &["/duck.env", "/examples/base/bot.env", defaults, "/main.env", base]),
            ("owl_talk", &[defaults, "/main.env", base]),
            // What is included has its own, and what stands around it behind that.
            ("left", &["/left.env", "/main.env", base]),
            ("right", &["/examples/right.env", "/main.env", base]),
            // Two include it: both are as near, the main one is farther.
            ("shared", &["/left.env", "/examples/right.env", "/main.env", base]),
            // What only a dependency brings in is a part of the system, too.
            ("needed", &["/main.env", base]),
            ("own", &["/own.env", defaults, "/main.env", base]),
            ("lonely", &[]),
        ];
        for (app, expected) in expected {
            assert_eq!(files(&system, app), expected, "{app}");
        }
        // Each of them can still run alone.
        assert_eq!(files(&resolve(&LEFT), "shared"), ["/left.env"]);
        assert_eq!(files(&resolve(&NEEDED), "needed"), [""; 0]);
    }

    #[test]
    fn a_configuration_names_the_same_files() {
        let system = resolve(&SYSTEM);
        let script = promethean::emit::javascript(&system, None);
        let line = script.lines().find(|line| line.contains(r#"secret("left""#)).unwrap();
        let near = line.find("left.env").unwrap();
        assert!(line.find("main.env").unwrap() > near, "{line}");
    }

    /// Ecosystems that include others of greater numbers, each with one service: by what each
    /// includes, and whether it has `secrets`.
    fn nested(shape: &[(BTreeSet<usize>, bool)]) -> &'static Ecosystem {
        let mut made: Vec<&'static Ecosystem> = Vec::new();
        for (number, (includes, has_secrets)) in shape.iter().enumerate().rev() {
            let path = |other: &usize| format!("E{other}");
            let mut units: Vec<serde_json::Value> =
                includes.iter().map(|other| serde_json::json!({"include": path(other)})).collect();
            units.push(
                serde_json::json!({"service": {"kind": "script", "name": format!("s{number}"),
                "block": {"settings": {"run": ["true"]}, "env": {"TOKEN": {"secret": null}}}}}),
            );
            let mut declaration = serde_json::json!({"units": units});
            if *has_secrets {
                declaration["secrets"] = format!("{number}.env").into();
            }
            let declaration: Declaration = serde_json::from_value(declaration).unwrap();
            let links: Vec<Link> = includes
                .iter()
                .map(|other| Link {
                    path: path(other).leak(),
                    ecosystem: made[shape.len() - 1 - other],
                })
                .collect();
            let ecosystem = Ecosystem::from_declaration(declaration, "/", links.leak());
            // Those of a place are told apart by their addresses.
            made.push(Box::leak(Box::new(ecosystem)));
        }
        made.pop().unwrap()
    }

    /// How far one is inside of each that is around it, the least.
    fn distances(shape: &[(BTreeSet<usize>, bool)], inner: usize) -> Vec<Option<usize>> {
        let mut distances = vec![None; shape.len()];
        distances[inner] = Some(0);
        for outer in (0..inner).rev() {
            let nearest = shape[outer].0.iter().filter_map(|other| distances[*other]).min();
            distances[outer] = nearest.map(|nearest| nearest + 1);
        }
        distances
    }

    fn shapes() -> impl Strategy<Value = Vec<(BTreeSet<usize>, bool)>> {
        let one = (proptest::collection::vec(any::<bool>(), 6), any::<bool>());
        proptest::collection::vec(one, 1..7).prop_map(|rows| {
            let count = rows.len();
            let mut shape: Vec<(BTreeSet<usize>, bool)> = rows
                .iter()
                .enumerate()
                .map(|(own, (row, has_secrets))| {
                    ((own + 1..count).filter(|other| row[*other]).collect(), *has_secrets)
                })
                .collect();
            // Each is a part of the whole.
            for own in 1..count {
                if !(0..own).any(|outer| shape[outer].0.contains(&own)) {
                    shape[0].0.insert(own);
                }
            }
            shape
        })
    }

    proptest! {
        #[test]
        fn every_file_around_is_reached_once_and_the_nearest_first(shape in shapes()) {
            let system = resolve(nested(&shape));
            for inner in 0..shape.len() {
                let distances = distances(&shape, inner);
                let app = system.app(&format!("s{inner}")).unwrap();
                let found: Vec<usize> = app
                    .secret_files
                    .iter()
                    .map(|file| file.file_stem().unwrap().parse().unwrap())
                    .collect();
                let expected: BTreeSet<usize> = (0..shape.len())
                    .filter(|outer| distances[*outer].is_some() && shape[*outer].1)
                    .collect();
                prop_assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), expected);
                let far: Vec<usize> = found.iter().map(|outer| distances[*outer].unwrap()).collect();
                prop_assert!(far.is_sorted(), "{inner}: {found:?} {far:?}");
                prop_assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len());
            }
        }
    }
}

mod handles {
    use super::*;

    static NAMED: Ecosystem = ecosystem! {
        /// A doc comment may stand anywhere.
        name promethean;
        /// The web.
        ///
        /// More of it.
        node web {
            /// Here too.
            allow missing-module "there is none";
        }
    };

    #[test]
    fn an_ecosystem_needs_no_static() {
        let local = ecosystem! { include NAMED; };
        assert_eq!(names(&resolve(&local)), ["web"]);
    }

    #[test]
    fn doc_comments_are_kept() {
        let system = resolve(&NAMED);
        assert_eq!(system.name.as_deref(), Some("promethean"));
        assert_eq!(system.apps[0].doc, "The web.\n\nMore of it.");
        assert_eq!(system.apps[0].allowed, [("missing-module".into(), "there is none".into())]);
    }

    #[test]
    fn debug_names_the_ecosystem_alone() {
        assert_eq!(format!("{NAMED:?}"), r#"Ecosystem { title: "promethean", .. }"#);
    }
}

mod crates {
    use promethean_test_conventions::{CONVENTIONS, INFRA};

    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        use CONVENTIONS;
        include INFRA;
        agent duck: bot { env { CHANNEL = 1; } }
    };

    #[test]
    fn ecosystems_of_another_crate_keep_their_own_directories() {
        let system = resolve(&SYSTEM);
        let elsewhere = format!("{CRATE}/conventions");
        let names: Vec<&str> = system.apps.iter().map(|app| app.name.as_str()).collect();
        assert_eq!(names, ["chromadb", "duck_cephalon", "duck_voice"]);
        let voice = system.app("duck_voice").unwrap();
        assert_eq!(voice.directory, format!("{elsewhere}/services/voice"));
        assert_eq!(system.app("chromadb").unwrap().directory, elsewhere);
        // `{root}` in what is used is the root of whoever uses it.
        assert_eq!(env(voice, "PYTHONPATH"), Some(CRATE));
        let waits: Vec<&str> = voice.depends_on.iter().map(|target| target.on.as_str()).collect();
        assert_eq!(waits, ["mongodb", "duck_cephalon"]);
    }
}

mod names_of_templates {
    use super::*;

    static SYSTEM: Ecosystem = ecosystem! {
        paths unchecked;
        template app { autorestart false; }
        node web: app "services/web" { entry "index.js"; }
        node other: app { entry "other.js"; }
    };

    /// `app` is a word for units in the configurations of other tools.
    #[test]
    fn a_template_has_any_name_before_a_directory() {
        let system = resolve(&SYSTEM);
        let web = system.app("web").unwrap();
        assert_eq!(web.directory, format!("{CRATE}/services/web"));
        assert!(!web.restart_policy().restarts);
        assert!(!system.app("other").unwrap().restart_policy().restarts);
    }
}
