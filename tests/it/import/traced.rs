//! Reads of the environment, traced to where they end up.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use camino::Utf8Path;
use promethean::{Ecosystem, Options as Resolution, SourcePiece, SourceText, Variable};
use promethean_cli::import::{Difference, Options, Verification, import};
use promethean_test_support::files::directory;
use promethean_test_support::random;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{options, resolved};

const VARIABLES: [&str; 5] = ["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO"];

/// An expression over variables of the environment, as configurations have them.
fn expression() -> impl Strategy<Value = String> {
    let read = || {
        prop::sample::select(VARIABLES.as_slice()).prop_map(|name| format!("process.env.{name}"))
    };
    let default =
        || prop::sample::select(vec!["\"d\"", "3000", "\"20001\"", "\"http://h:1\"", "\"\""]);
    let number = || prop::sample::select(vec![1, 2, 3000, 65_535]);
    prop_oneof![
        read(),
        default().prop_map(str::to_owned),
        (read(), default()).prop_map(|(read, or)| format!("{read} || {or}")),
        (read(), default()).prop_map(|(read, or)| format!("{read} ?? {or}")),
        (read(), read(), default()).prop_map(|(a, b, or)| format!("{a} || {b} || {or}")),
        (read(), read()).prop_map(|(a, b)| format!("{a} || {b}")),
        (read(), read()).prop_map(|(a, b)| format!("{a} && {b}")),
        (read(), read(), default()).prop_map(|(a, b, or)| format!("{a} ? {b} : {or}")),
        (read(), read(), read())
            .prop_map(|(a, b, c)| format!("{a} === \"production\" ? {b} : {c}")),
        (read(), default()).prop_map(|(a, or)| format!("{a} === \"fast\" ? 1 : {or}")),
        (read(), default()).prop_map(|(a, or)| format!("\"x\" !== {a} ? {or} : {a}")),
        read().prop_map(|read| format!("{read} === \"true\"")),
        (read(), number()).prop_map(|(read, or)| format!("Number({read} || {or})")),
        (read(), number()).prop_map(|(read, or)| format!("Number({read}) || {or}")),
        (read(), number()).prop_map(|(read, or)| format!("parseInt({read}, 10) || {or}")),
        (read(), number(), number())
            .prop_map(|(read, or, more)| format!("Number({read} || {or}) + {more}")),
        (read(), number(), number())
            .prop_map(|(read, or, most)| format!("Math.min(Number({read} || {or}), {most})")),
        (read(), read()).prop_map(|(a, b)| format!("Number({a} || 1) + Number({b} || 2)")),
        (read(), number()).prop_map(|(read, or)| format!("{read} + {or}")),
        (read(), read()).prop_map(|(a, b)| format!("{a} + {b}")),
        (read(), read()).prop_map(|(a, b)| format!("`http://${{{a}}}:${{{b}}}/x`")),
        (read(), default()).prop_map(|(a, or)| format!("`<${{{a} || {or}}}>`")),
        (read(), prop::sample::select(vec![",", ":", " ", "-", "."]))
            .prop_map(|(read, at)| format!("({read} || \"a,b:c\").split({at:?})[0]")),
        (
            read(),
            prop::sample::select(vec![
                "toUpperCase()",
                "toLowerCase()",
                "trim()",
                "slice(0, 4)",
                "replace(/a/g, \"b\")",
                "length",
                "split(\",\").join(\";\")",
                "repeat(2)",
                "at(0)",
            ])
        )
            .prop_map(|(read, method)| format!("{read}?.{method}")),
        read().prop_map(|read| format!("encodeURIComponent({read} || \"\")")),
        read().prop_map(|read| format!("JSON.stringify({read})")),
        (read(), default()).prop_map(|(read, or)| format!("`a${{`b${{{read} ?? {or}}}`}}c`")),
        (read(), read(), default())
            .prop_map(|(a, b, or)| format!("`${{`${{{a} || {or}}}:${{{b}}}`}}/x`")),
        (read(), read(), default()).prop_map(|(a, b, or)| format!("{a} ?? {b} ?? {or}")),
        (read(), read()).prop_map(|(a, b)| format!("[{a}, {b}].filter(Boolean).join(\",\")")),
        read().prop_map(|read| format!("{read} ? `http://${{{read}}}` : undefined")),
    ]
}

/// Attributes outside of `env` with variables in them, as configurations have them.
const POSITIONS: [(&str, &[&str]); 19] = [
    (
        "name",
        &[
            "`svc-${A || \"x\"}`",
            "\"svc-\" + (A ?? \"x\")",
            "`svc-${`${A || \"a\"}-${B || \"b\"}`}`",
        ],
    ),
    ("script", &["`./${A || \"a\"}.js`", "A ? \"./b.js\" : \"./a.js\"", "A ?? \"./a.js\""]),
    (
        "cwd",
        &[
            "`./services/${A || \"web\"}`",
            "A || \"./services/web\"",
            "B === \"production\" ? \"/srv/web\" : \".\"",
        ],
    ),
    (
        "interpreter",
        &["A || \"node\"", "A === \"production\" ? \"bun\" : \"node\"", "A ?? undefined"],
    ),
    (
        "node_args",
        &[
            "`--max-old-space-size=${A || 512}`",
            "[\"--no-warnings\", A || \"--inspect\"]",
            "A === \"fast\" ? [] : [\"--inspect\"]",
        ],
    ),
    (
        "args",
        &["`--port ${A || 3000} --x`", "[\"--x\", `${B}:${A ?? 1}`]", "A ? [\"--a\"] : []", "A"],
    ),
    (
        "instances",
        &[
            "Number(A || 2)",
            "A === \"production\" ? 4 : 1",
            "A || 2",
            "parseInt(A, 10) || 1",
            "A ? \"max\" : 1",
        ],
    ),
    ("exec_mode", &["A === \"production\" ? \"cluster\" : \"fork\"", "A ? \"cluster\" : \"fork\""]),
    ("max_memory_restart", &["`${A || 300}M`", "A ?? \"300M\"", "B ? \"1G\" : \"300M\""]),
    ("max_restarts", &["Number(A ?? 5)", "A === \"fast\" ? 1 : 10", "A || 3"]),
    ("restart_delay", &["Number(A || 1000)", "B ? 100 : 2000", "Number(A || 1) + Number(B || 2)"]),
    ("kill_timeout", &["A ? 5000 : undefined", "Math.min(Number(A || 3000), 9000)"]),
    ("watch", &["A !== \"production\"", "!!A", "A ? [\"src\"] : false", "[A || \"src\"]"]),
    ("ignore_watch", &["[\"logs\", A || \"tmp\"]", "`logs ${A || \"tmp\"}`"]),
    ("autorestart", &["A !== \"true\"", "!A", "Boolean(A) && Boolean(B)"]),
    (
        "cron_restart",
        &["A ? \"0 4 * * *\" : undefined", "A === \"x\" ? \"0 4 * * *\" : \"0 5 * * *\""],
    ),
    (
        "out_file",
        &["`./logs/${A || \"out\"}.log`", "A || \"/dev/null\"", "A && `/var/log/${A}.log`"],
    ),
    (
        "error_file",
        &[
            "`/var/log/${A ?? \"web\"}/${`${B || \"err\"}`}.log`",
            "A === \"production\" ? \"/var/log/e.log\" : \"e.log\"",
        ],
    ),
    ("namespace", &["A || \"shop\"", "`shop-${A ?? \"dev\"}`"]),
];

/// Some of them, with the variables that they read.
fn positions() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let one = (0..POSITIONS.len(), any::<prop::sample::Index>());
    let names = prop::sample::subsequence(VARIABLES.to_vec(), 2);
    prop::collection::vec((one, names), 2..7).prop_map(|chosen| {
        let mut positions: Vec<(&'static str, String)> = Vec::new();
        for ((row, index), names) in chosen {
            let (key, expressions) = POSITIONS[row];
            if positions.iter().all(|(known, _)| *known != key) {
                let read = |letter: char| match letter {
                    'A' => Some(format!("process.env.{}", names[0])),
                    'B' => Some(format!("process.env.{}", names[1])),
                    _ => None,
                };
                positions
                    .push((key, with_reads(expressions[index.index(expressions.len())], read)));
            }
        }
        positions
    })
}

/// An expression with reads in the place of the letters that stand alone.
fn with_reads(expression: &str, read: impl Fn(char) -> Option<String>) -> String {
    let letters: Vec<char> = expression.chars().collect();
    let is_name = |at: Option<&char>| at.is_some_and(|letter| letter.is_alphanumeric());
    let is_alone = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        !is_name(before) && !is_name(letters.get(at + 1))
    };
    let pieces = letters.iter().enumerate().map(|(at, letter)| match read(*letter) {
        Some(read) if is_alone(at) => read,
        _ => letter.to_string(),
    });
    pieces.collect()
}

/// Environments that nobody has imported with, some of it not set.
fn environments() -> impl Strategy<Value = Vec<BTreeMap<&'static str, String>>> {
    let value = prop_oneof![
        3 => "[a-zA-Z][a-zA-Z ,:.;-]{0,11}",
        3 => (1_u32..99_999).prop_map(|number| number.to_string()),
        2 => prop::sample::select(vec!["production", "fast", "true", "x", "d"]).prop_map(str::to_owned),
        1 => Just(String::new()),
    ];
    let variable = (prop::sample::select(VARIABLES.as_slice()), value);
    prop::collection::vec(prop::collection::btree_map(variable.0, variable.1, 0..=5), 12)
}

/// What Node makes of each expression in each environment: its type and its text.
fn evaluated(
    folder: &Utf8Path,
    expressions: &[String],
    environments: &[BTreeMap<&str, String>],
) -> Vec<Vec<Option<(String, String)>>> {
    let list = expressions.join(",\n  ");
    let script = format!(
        "const all = (process) => [\n  {list}\n];\nconst text = (value) => value === undefined ? null : \
         [typeof value, typeof value === \"object\" ? JSON.stringify(value) : String(value)];\nconsole.log(JSON.stringify({}.map((env) => all({{ env }}).map(text))));\n",
        json!(environments)
    );
    let file = folder.join("evaluate.cjs");
    fs::write(&file, script).unwrap();
    let output = Command::new("node").arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The value of a source in an environment, if it is there.
fn value_of(SourceText(pieces): &SourceText, given: &BTreeMap<&str, String>) -> Option<String> {
    let pieces = pieces.iter().map(|piece| match piece {
        SourcePiece::Literal(text) => Some(text.to_string()),
        SourcePiece::Secret(name) | SourcePiece::Inherited(name) => {
            given.get(name.as_str()).cloned()
        }
    });
    pieces.collect()
}

/// What is written as a read of the environment is what Node makes of it in any environment; what is
/// not says so.
#[test]
fn what_is_traced_is_what_node_evaluates() {
    let (_guard, folder) = directory();
    let file = folder.join("ecosystem.config.js");
    // Each step of shrinking is an import of its own.
    let config = ProptestConfig { max_shrink_iters: 10, ..random::cases(8) };
    let mut runner = TestRunner::new(config);
    let expressions = prop::collection::vec(expression(), 10);
    runner
        .run(&(expressions, environments()), |(expressions, environments)| {
            let env: Vec<String> = expressions
                .iter()
                .enumerate()
                .map(|(index, expression)| format!("V{index}: {expression}"))
                .collect();
            let text = format!(
                "module.exports = {{ apps: [{{ name: \"web\", script: \"a.js\", args: [\"--x\", {}], \
                 log_date_format: {}, env: {{\n{}\n}} }}] }};\n",
                expressions[0],
                expressions[1],
                env.join(",\n")
            );
            fs::write(&file, text).unwrap();
            let imported = import(&file, &options());
            let imported = imported.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let Verification::Compared { differences, .. } = &imported.verification else {
                return Err(TestCaseError::fail("PM2 is there"));
            };
            // What differs, and why.
            let told = |key: &str, what: &str| {
                differences.iter().any(|difference| {
                    difference.key == format!("env.{key}")
                        && difference.reason.as_ref().is_some_and(|reason| reason.contains(what))
                })
            };
            let source = &imported.source;
            let declaration = imported.declaration.clone();
            let ecosystem = Ecosystem::from_declaration(declaration, folder.to_string(), &[]);
            let system = ecosystem.resolve(&Resolution::default()).unwrap();
            let written = &system.apps[0].env;
            let all = evaluated(&folder, &expressions, &environments);
            // Outside of `env` there are only constants: what changes must be told.
            let app = resolved(imported.declaration.clone(), folder.as_std_path())["apps"][0].clone();
            for (key, index, imported) in
                [("args", 0, &app["args"][1]), ("log_date_format", 1, &app["log_date_format"])]
            {
                let imported = imported.as_str();
                let differs = all.iter().any(|values| {
                    let value = values[index].as_ref().map(|(_, text)| text.as_str());
                    // PM2 takes an empty text for nothing, but an argument can be empty.
                    value.filter(|text| key == "args" || !text.is_empty()) != imported
                });
                let is_told = differences.iter().any(|difference| difference.key == key);
                prop_assert!(is_told || !differs, "{key}: {}\n{source}", expressions[index]);
            }
            for (given, actual) in environments.iter().zip(all) {
                for (index, (expression, actual)) in expressions.iter().zip(actual).enumerate() {
                    let key = format!("V{index}");
                    if told(&key, "the original computes it from ") {
                        continue;
                    }
                    let other_fallback =
                        told(&key, "another fallback") || told(&key, "falls back to");
                    let variable = written.iter().find(|(name, _)| **name == *key);
                    let expected = match variable.map(|(_, variable)| variable) {
                        None => None,
                        Some(Variable::Plain(text)) => Some(text.to_string()),
                        Some(Variable::Read(sources)) => {
                            let source = |text: &SourceText| value_of(text, given);
                            let first = sources.in_order.first().and_then(source);
                            match sources.in_order.iter().find_map(source) {
                                _ if first.is_none() && other_fallback => continue,
                                Some(text) => Some(text),
                                None if sources.or_unset => None,
                                // Nothing starts without it, and that is reported, but for secrets.
                                None => {
                                    let is_told = told(&key, "it must be set here");
                                    let is_secret =
                                        variable.is_some_and(|(_, all)| all.reads_secrets());
                                    prop_assert!(is_told || is_secret, "{}", expression);
                                    continue;
                                }
                            }
                        }
                    };
                    // A number is read from what is one.
                    let is_number = |text: &String| text.parse::<f64>().is_ok();
                    if actual.as_ref().is_some_and(|(kind, _)| kind == "number")
                        && variable.is_some_and(|(_, variable)| variable.reads_inherited())
                        && expected.as_ref().is_some_and(|text| !is_number(text))
                    {
                        continue;
                    }
                    let actual = actual.map(|(_, text)| text);
                    // What is before `||` is reported.
                    let has_empty = given.values().any(String::is_empty);
                    let mut notes = imported.notes.iter();
                    if has_empty && notes.any(|note| note.contains("set to an empty text")) {
                        continue;
                    }
                    prop_assert_eq!(
                        expected, actual, "{} with {:?}\n{}", expression, given, source
                    );
                }
            }
            Ok(())
        })
        .unwrap();
}

/// Attributes and the names of variables are written as constants: where they differ from one environment to another,
/// that is reported.
#[test]
fn what_the_environment_changes_outside_of_env_is_told() {
    let (_guard, folder) = directory();
    let file = folder.join("ecosystem.config.js");
    let config = ProptestConfig { max_shrink_iters: 10, ..random::cases(12) };
    let key = prop::sample::select(vec![
        "[process.env.ALPHA || \"KEY\"]: 1",
        "[`${process.env.BRAVO ?? \"A\"}_KEY`]: process.env.CHARLIE || \"x\"",
        "...(process.env.DELTA === \"true\" ? { EXTRA: \"1\" } : {})",
        "...(process.env.ECHO ? { KEY: process.env.ECHO } : { KEY: \"none\" })",
        "KEY: \"1\"",
    ]);
    TestRunner::new(config)
        .run(&(positions(), key, environments()), |(positions, key, mut environments)| {
            let own =
                |key: &str, default: &str| match positions.iter().any(|(known, _)| *known == key) {
                    true => String::new(),
                    false => format!("{key}: {default}, "),
                };
            let written: Vec<String> = positions
                .iter()
                .map(|(key, expression)| format!("  {key}: {expression},\n"))
                .collect();
            let text = format!(
                "module.exports = {{ apps: [{{ {}{}\n{}  env: {{ {key} }} }}] }};\n",
                own("name", "\"web\""),
                own("script", "\"a.js\""),
                written.concat(),
            );
            fs::write(&file, &text).unwrap();
            let imported = import(&file, &options());
            let imported =
                imported.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            let Verification::Compared { differences, .. } = &imported.verification else {
                return Err(TestCaseError::fail("PM2 is there"));
            };
            let is_told = |key: &str| {
                differences.iter().any(|difference| match key {
                    "env" => difference.key.starts_with("env"),
                    // The interpreter decides what runs the script, and both are one line.
                    "interpreter" => {
                        ["interpreter", "exec_interpreter"].contains(&difference.key.as_str())
                    }
                    key => difference.key == key,
                })
            };
            environments.push(BTreeMap::new());
            let mut expressions: Vec<String> =
                positions.iter().map(|(_, expression)| expression.clone()).collect();
            expressions.push(format!("({{ {key} }})"));
            let all = evaluated(&folder, &expressions, &environments);
            let (unset, all) = all.split_last().unwrap();
            let keys = positions.iter().map(|(key, _)| *key).chain(["env"]);
            for (index, key) in keys.enumerate() {
                // PM2 takes an empty text for nothing, but an argument can be empty.
                let value = |values: &[Option<(String, String)>]| {
                    let (_, text) = values[index].clone()?;
                    let text = match key {
                        "env" => names_of(&text),
                        _ => text,
                    };
                    Some(text).filter(|text| key == "args" || !text.is_empty())
                };
                let differs = all.iter().any(|values| value(values) != value(unset));
                prop_assert!(
                    is_told(key) || !differs,
                    "{key} is not told\n{text}\n{}{differences:?}",
                    imported.source
                );
            }
            Ok(())
        })
        .unwrap();
}

/// What is another value each time is no value of a definition, and no variable decides it.
#[test]
fn what_is_another_each_time_is_told() {
    let (_guard, folder) = directory();
    let file = folder.join("ecosystem.config.js");
    for more in ["", "REGION: process.env.REGION, ZONE: process.env.ZONE || 'a',"] {
        let text = format!(
            "const seed = Math.random();\nmodule.exports = {{ apps: [{{ name: 'web', script: 'a.js', \
             args: ['--id', String(seed)], env: {{ STARTED: Date.now(), FIXED: '1', {more} }} }}] }};\n"
        );
        fs::write(&file, text).unwrap();
        let imported = import(&file, &options()).unwrap();
        let Verification::Compared { differences, .. } = &imported.verification else {
            panic!("PM2 is there");
        };
        let told = "the original gives it another value each time that it is read";
        let unsteady = differences.iter().filter(|difference| {
            difference.reason.as_deref().is_some_and(|why| why.contains(told))
        });
        let keys: Vec<&str> = unsteady.map(|difference| difference.key.as_str()).collect();
        assert_eq!(keys, ["args", "env.STARTED"], "{differences:?}");
        assert_eq!(imported.source.matches("another value each time").count(), 2);
        let by_variables = |difference: &&Difference| {
            difference.reason.as_deref().is_some_and(|why| why.contains("computes it from"))
        };
        assert_eq!(differences.iter().find(by_variables), None);
    }
}

/// The runs of a configuration are threads of one process of Node, as long as it works in one.
#[test]
fn what_fails_in_a_thread_is_evaluated_in_a_process() {
    let (_guard, folder) = directory();
    let file = folder.join("ecosystem.config.js");
    let source = |first: &str, more: &str| {
        let env = "PORT: process.env.PORT || 3000, HOST: process.env.HOST ?? 'h'";
        let app = format!("{{ name: 'web', script: 'a.js', env: {{ {env}{more} }} }}");
        fs::write(&file, format!("{first}\nmodule.exports = {{ apps: [{app}] }};\n")).unwrap();
        import(&file, &options()).unwrap().source
    };
    let expected = source("", "");
    for read in ["PORT = inherit or 3000;", "HOST = inherit or \"h\";"] {
        assert!(expected.contains(read), "{expected}");
    }
    let in_a_thread = "if (!require('node:worker_threads').isMainThread)";
    for first in [
        "process.chdir(__dirname);",
        &format!("{in_a_thread} throw new Error('no');"),
        &format!("{in_a_thread} process.abort();"),
        // Nobody but the importer answers.
        &format!(
            "{in_a_thread} require('node:worker_threads').parentPort.postMessage('{{\"config\":{{}}}}');"
        ),
    ] {
        assert_eq!(source(first, ""), expected, "{first}");
    }
    // What is another in a thread is no variable's doing.
    let constant = source("", ", MASK: 'set'");
    let caught = "let mask; try { process.umask(0o22); mask = 'set'; } catch { mask = 'not set'; }";
    assert_eq!(source(caught, ", MASK: mask"), constant);
}

/// A thread that waits for a program does not end before that does. What the others have answered is not asked for
/// again, no more than where it is busy.
#[test]
fn what_a_run_waits_for_in_vain_does_not_cost_the_answers_of_the_others() {
    let runs = |vain: &str| {
        let (_guard, folder) = directory();
        let file = folder.join("ecosystem.config.js");
        let app = "{ name: 'web', script: 'a.js', env: { PORT: process.env.PORT || 3000 } }";
        let text = format!(
            "require('node:fs').appendFileSync(`${{__dirname}}/runs`, '.');\n\
             if (String(process.env.MODE).length > 50) {vain}\n\
             module.exports = {{ apps: [{app}] }};\n"
        );
        fs::write(&file, text).unwrap();
        let options = Options { time_limit: Duration::from_secs(10), ..options() };
        let imported = import(&file, &options).unwrap();
        assert!(imported.source.contains("PORT = inherit or 3000;"), "{}", imported.source);
        fs::read(folder.join("runs")).unwrap().len()
    };
    let waits = runs("require('node:child_process').execSync('exec sleep 60');");
    assert_eq!(waits, runs("while (true);"));
}

/// The keys of an object.
fn names_of(json: &str) -> String {
    let object: BTreeMap<String, Value> = serde_json::from_str(json).unwrap();
    object.into_keys().collect::<Vec<_>>().join(" ")
}
