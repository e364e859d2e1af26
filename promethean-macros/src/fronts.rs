//! Constants say of several files what resolution says of them: one message and one help for each
//! rule that both check.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use promethean_core::check::{Surroundings, check};
use promethean_core::const_check::{
    self, Argument, Call, Calls, Conflict, Origin, Signature, UnitSource, View, calls, signature,
};
use promethean_core::declaration::Declaration;
use promethean_core::ecosystem::{Ecosystem, Link, Literal, Location, quoted_title};
use promethean_core::problem::RULES;
use promethean_core::resolve::{Options, ResolveError};

use crate::parse;

/// Files that break a rule together; the first is the one that is compiled and run.
struct Files {
    rule: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const fn files(rule: &'static str, files: &'static [(&'static str, &'static str)]) -> Files {
    Files { rule, files }
}

#[rustfmt::skip]
const ALL: &[Files] = &[
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.mongdb; }"#),
        ("b::B", "external mongodb; external chroma;"),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.redis; }"#),
        ("b::B", "external one; external two;"),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.redis; }"#),
        ("b::B", "external a1; external a2; external a3; external a4; external a5; external a6;
                  external a7; external a8; external a9; external a10;"),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.redis; }"#),
        ("b::B", "name nothing;"),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.duck.vioce; }"#),
        ("b::B", r#"external other; agent duck { script voice { run "v"; } script ears { run "e"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.dukc.voice; }"#),
        ("b::B", r#"external other; agent duck { script voice { run "v"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"use b::B; external db; agent duck: bot { script ears { run "e"; depends_on other; } }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("unknown-unit", &[
        ("a::A", r#"use b::B; agent duck: bot; script web { run "web"; depends_on duck.vioce; }"#),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bto;"),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bot;"),
        ("b::B", "name nothing;"),
    ]),
    files("unknown-name", &[
        ("a::A", r#"use b::B; script web { run "web"; env { ..postgres; } }"#),
        ("b::B", "env discord { A = 1; } env llm { B = 1; }"),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bot { without ears; }"),
        ("b::B", r#"template bot { script voice { run "v"; } script cephalon { run "c"; } }"#),
    ]),
    files("unknown-name", &[
        ("a::A", "use b::B; agent duck: bot { override ears { autorestart false; } }"),
        ("b::B", r#"template bot { script voice { run "v"; } script cephalon { run "c"; } }"#),
    ]),
    files("ambiguous-name", &[
        ("a::A", "use b::B; use c::C; agent duck: bot;"),
        ("b::B", r#"template bot { script voice { run "v"; } }"#),
        ("c::C", r#"template bot { script ears { run "e"; } }"#),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; agent duck { env { ..discord; } script bot { run "bot"; } }"#),
        ("b::B", "name base; env discord { TOKEN; }"),
    ]),
    files("missing-key", &[
        ("a::A", "use b::B; agent duck: bot;"),
        ("b::B", r#"name base; template bot { env { TOKEN; } script voice { run "v"; } }"#),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; script web { run "web"; }"#),
        ("b::B", "defaults { env { TOKEN; } }"),
    ]),
    files("missing-key", &[
        ("a::A", r#"use b::B; script web { run "web"; env { TOKEN; } }"#),
        ("b::B", "name base;"),
    ]),
    files("include-cycle", &[
        ("a::A", "name one; include b::B;"),
        ("b::B", "name two; include a::A;"),
    ]),
    files("include-cycle", &[
        ("a::A", "include b::B;"),
        ("b::B", "include c::C;"),
        ("c::C", "include a::A;"),
    ]),
    files("include-cycle", &[("a::A", "include a::A;")]),
    files("dependency-cycle", &[
        ("a::A", r#"name one; script a { run "a"; depends_on b::B.b; }"#),
        ("b::B", r#"name two; script b { run "b"; depends_on a::A.a; }"#),
    ]),
    files("nothing-to-be-ready", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.db (ready); }"#),
        ("b::B", "external db;"),
    ]),
    files("never-completes", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.job (completed); }"#),
        ("b::B", r#"script job { run "job"; }"#),
    ]),
    files("never-completes", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.duck.job (completed); }"#),
        ("b::B", r#"agent duck { script job { run "job"; cron_restart "0 4 * * *"; } }"#),
    ]),
    files("never-completes", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.db (completed); }"#),
        ("b::B", "external db;"),
    ]),
    files("never-completes", &[
        ("a::A", r#"script web { run "web"; depends_on b::B.job (completed); }"#),
        ("b::B", r#"script job { run "job"; autorestart false; autostart false; }"#),
    ]),
    files("duplicate-unit", &[
        ("a::A", r#"name one; script web { run "web"; } include b::B;"#),
        ("b::B", r#"script web { run "web"; }"#),
    ]),
    files("port-conflict", &[
        ("a::A", r#"name one; script web { run "web"; port 80; } include b::B;"#),
        ("b::B", r#"agent duck { script api { run "api"; port 80; } }"#),
    ]),
];

/// An ecosystem of one of the files.
struct Opened {
    ecosystem: &'static Ecosystem,
    declaration: Declaration,
    signature: Signature,
    view: View,
    paths: Vec<String>,
}

/// How often files that lead back to each other are opened: what is behind is never looked at.
const DEEPEST: usize = 8;

/// Opens a file and those that it refers to. Each time that a path is followed it leads to a copy,
/// which has the id and the place of the others and so is the same ecosystem.
fn open(files: &Files, number: usize, depth: usize) -> Opened {
    let (_, source) = files.files[number];
    let mut parsed = parse::ecosystem(source.parse().expect("tokens of Rust"));
    parsed.add_problems(check(&parsed.declaration, Surroundings::default()));
    assert_eq!(parsed.problems, [], "{source}");
    let paths: Vec<String> = parsed.links.iter().map(|link| link.path.clone()).collect();
    let links = paths.iter().map(|path| {
        let known = files.files.iter().position(|(known, _)| known == path);
        let number = known.unwrap_or_else(|| panic!("no file has the path {path}"));
        let ecosystem = match depth {
            0 => Box::leak(Box::new(Ecosystem::from_declaration(Declaration::default(), "/", &[]))),
            _ => open(files, number, depth - 1).ecosystem,
        };
        Link { path: path.clone().leak(), ecosystem }
    });
    let links: &'static [Link] = links.collect::<Vec<_>>().leak();
    let declaration = parsed.declaration;
    let line = u32::try_from(number).expect("few files") + 1;
    let title = quoted_title(&declaration, "files.rs", line);
    let link_paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let signature = signature(&declaration, &title, &link_paths, false);
    let bytes: &'static [u8] = signature.bytes.clone().leak();
    let id = u64::from(line);
    let json = serde_json::to_string(&declaration).expect("JSON").leak();
    let decoded: &'static OnceLock<Declaration> = Box::leak(Box::new(OnceLock::new()));
    let place = Location { file: "files.rs", line, column: 1 };
    let literal = Literal {
        json,
        id,
        signature: bytes,
        decoded,
        directory: "/",
        place,
        item: "",
        links,
        expressions: &[],
    };
    let ecosystem = Box::leak(Box::new(Ecosystem::from_literal(literal)));
    let view = View::new(id, bytes, links);
    Opened { ecosystem, declaration, signature, view, paths }
}

/// What the constants of the first file say.
fn compiled(opened: &Opened) -> Vec<String> {
    let paths: Vec<&str> = opened.paths.iter().map(String::as_str).collect();
    let Calls { calls, sources } = calls(&opened.declaration, &opened.signature, &paths);
    let own = opened.view;
    let mut said: Vec<String> =
        calls.iter().filter_map(|call| failure(|| run(own, call))).collect();
    let conflicts: Vec<Option<Conflict>> = match sources.as_slice() {
        [] => Vec::new(),
        [one] => const_check::conflicts(own, [source(one)]).to_vec(),
        [one, other] => const_check::conflicts(own, [source(one), source(other)]).to_vec(),
        more => panic!("{} sources", more.len()),
    };
    for (Origin { link, unit, .. }, conflict) in sources.iter().zip(conflicts) {
        said.extend(failure(|| match unit {
            None => const_check::included(own, *link, conflict),
            Some(unit) => const_check::depended_on(own, *link, unit.clone().leak(), conflict),
        }));
    }
    said
}

fn source(Origin { link, unit, .. }: &Origin) -> UnitSource {
    UnitSource { link: *link, unit: unit.clone().map(|unit| &*unit.leak()) }
}

fn run(own: View, Call { function, arguments, .. }: &Call) {
    let text = |text: &String| -> &'static str { text.clone().leak() };
    match (*function, arguments.as_slice()) {
        (
            "condition_can_hold",
            [Argument::Number(link), Argument::Text(unit), Argument::Flag(ready)],
        ) => {
            const_check::condition_can_hold(own, *link, text(unit), *ready);
        }
        ("known_own_unit", [Argument::Text(agent), Argument::Text(unit)]) => {
            const_check::known_own_unit(own, text(agent), text(unit));
        }
        ("known_template", [Argument::Text(name)]) => const_check::known_template(own, text(name)),
        ("known_set", [Argument::Text(name)]) => const_check::known_set(own, text(name)),
        ("known_in_template", [Argument::Text(agent), Argument::Text(service)]) => {
            const_check::known_in_template(own, text(agent), text(service));
        }
        ("known_in_agent", [Argument::Text(agent), Argument::Text(service)]) => {
            const_check::known_in_agent(own, text(agent), text(service));
        }
        ("given_what_is_required", [Argument::Number(number)]) => {
            const_check::given_what_is_required(own, *number);
        }
        ("given_what_is_required_by", [Argument::Number(link)]) => {
            const_check::given_what_is_required_by(own, *link);
        }
        (other, arguments) => panic!("unknown call: {other} {arguments:?}"),
    }
}

/// What a constant stops the build with.
fn failure(evaluate: impl FnOnce()) -> Option<String> {
    let failed = catch_unwind(AssertUnwindSafe(evaluate)).err()?;
    let said = failed.downcast::<String>().map(|said| *said);
    Some(said.unwrap_or_else(|_| "a panic that says nothing".to_owned()))
}

/// What resolution says, with the names of the rules.
fn resolved(opened: &Opened) -> Vec<(&'static str, String)> {
    match opened.ecosystem.resolve(&Options::default()) {
        Err(ResolveError::Problems(problems)) => {
            let faults = problems.iter().map(|located| &located.fault);
            faults.map(|fault| (fault.rule(), fault.diagnostic().to_string())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_fronts_say_the_same() {
    // What constants keep on the stack is more than a thread of a test has.
    let compare = || {
        let mut different = Vec::new();
        for files in ALL {
            let opened = open(files, 0, DEEPEST);
            let (compiled, resolved) = (compiled(&opened), resolved(&opened));
            let expected: Vec<(&str, String)> =
                compiled.iter().map(|said| (files.rule, said.clone())).collect();
            if compiled.len() != 1 || resolved != expected {
                different.push(format!(
                    "{}: {:?}\n  compiled: {compiled:#?}\n  resolved: {resolved:#?}",
                    files.rule, files.files
                ));
            }
        }
        assert!(different.is_empty(), "{}", different.join("\n"));
    };
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(compare);
    thread.expect("a thread").join().expect("both fronts say the same");
}

#[test]
fn every_rule_of_both_fronts_is_compared() {
    let compared: BTreeSet<&str> = ALL.iter().map(|files| files.rule).collect();
    let both = RULES.iter().filter(|rule| rule.across_files).map(|rule| rule.name);
    assert_eq!(compared, both.collect());
}
