//! Random systems, in one file and split over several: the same rules are broken.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use promethean_core::check::{Surroundings, check};
use promethean_core::ecosystem::Ecosystem;
use promethean_core::problem::rule_of;
use promethean_core::resolve::{Options, ResolveError};
use promethean_test_support::dice::Dice;
use promethean_test_support::effort;

use crate::fronts::{Files, compiled, on_a_large_stack, open};
use crate::parse;

/// What the defaults of a system may say.
const DEFAULTS: &[&str] = &[
    "exec_mode cluster;",
    "instances 2;",
    "port 8000;",
    "exp_backoff_restart_delay 100ms;",
    "restart_delay 1s;",
    "autorestart false;",
    "out_file \"{agent}.log\";",
    "runner npm;",
    "run \"dev\";",
    "env { B; }",
    "env { A = \"{agent}\"; }",
    "env { A = secret or \"{agent}\"; }",
    "wait_ready true;",
    "ready tcp \"db.lan:1\";",
    "allow port-conflict \"tried\";",
    "allow similar-names \"tried\";",
    "allow instances-share-port \"tried\";",
];

/// What a service may say, also its template and its agent.
const SERVICE: &[&str] = &[
    "exec_mode cluster;",
    "exec_mode fork;",
    "instances 2;",
    "port 8000;",
    "port 8001;",
    "increment_var PORT;",
    "autorestart false;",
    "autostart false;",
    "cron_restart \"0 4 * * *\";",
    "stop_exit_codes 0;",
    "restart_delay 1s;",
    "exp_backoff_restart_delay 100ms;",
    "wait_ready true;",
    "shutdown_with_message true;",
    "ready tcp \"db.lan:1\";",
    "unset port;",
    "unset instances;",
    "unset ready;",
    "unset exp_backoff_restart_delay;",
    "allow port-conflict \"tried\";",
    "allow similar-names \"tried\";",
    "allow instances-share-port \"tried\";",
    "env { A = \"1\"; }",
    "env { B = \"1\"; }",
    "env { B; }",
    "env { ..shared; }",
];

/// What is for the services of agents alone.
const OF_AGENTS: &[&str] = &["out_file \"{agent}.log\";", "env { B = \"{agent}\"; }"];

const PYTHON: &[&str] = &["runner uv;", "module app;", "run \"app\";"];
const NODE: &[&str] = &[
    "runner npm;",
    "run \"dev\";",
    "entry \"x.js\";",
    "interpreter bun;",
    "runner npm; run \"x\";",
];

/// Which file something is in; the first of all is the one that is run. What is used by all others
/// is in [`BASE`] and [`ATTRIBUTES`].
type File = usize;

const UNIT_FILES: usize = 3;
const BASE: File = UNIT_FILES;
/// The env set and the templates of attributes.
const ATTRIBUTES: File = UNIT_FILES + 1;
const PATHS: [&str; UNIT_FILES + 2] = ["a::A", "b::B", "c::C", "u::U", "v::V"];

/// A system whose units are in files.
struct System {
    defaults: String,
    set: String,
    /// Templates of attributes, as texts.
    attributes: Vec<String>,
    templates: Vec<Template>,
    units: Vec<Unit>,
}

struct Template {
    name: String,
    made_from: String,
    block: String,
    /// The names of the services that it has from others.
    inherited: Vec<String>,
    /// The names and the texts.
    services: Vec<(String, String)>,
}

struct Unit {
    name: String,
    file: File,
    /// The text, with a number in the place of each unit that is depended on: `<3>`.
    text: String,
}

/// Some of these statements, of each attribute one.
fn some(dice: &mut Dice<'_>, most: usize, pools: &[&[&str]]) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for _ in 0..dice.below(most + 1) {
        let pool = *dice.choose(pools);
        let statement = *dice.choose(pool);
        let word = |statement: &str| {
            let mut words = statement.split([' ', ';']).filter(|word| *word != "unset");
            // What one takes the place of is a mistake beside it, which no other file can make.
            match words.next().unwrap_or_default() {
                "module" => "run".to_owned(),
                "entry" => "runner".to_owned(),
                word => word.to_owned(),
            }
        };
        let is_new = |known: &String| word(known) != word(statement);
        let allows =
            statement.starts_with("allow") && !chosen.iter().any(|known| known == statement);
        if allows || chosen.iter().all(is_new) && !statement.contains("; run") {
            chosen.push(statement.to_owned());
        }
    }
    chosen
}

fn depends_on(dice: &mut Dice<'_>, targets: &[String]) -> String {
    if targets.is_empty() || !dice.once_in(2) {
        return String::new();
    }
    let condition = *dice.choose(&["", "", " (started)", " (ready)", " (completed)"]);
    format!("depends_on {}{condition};", dice.choose(targets))
}

/// The name of a template of attributes.
fn attributes_named(index: usize) -> String {
    format!("m{index}")
}

/// How many templates of attributes there are.
const COUNT: usize = 3;

/// A template of attributes, which may be made from those before it.
fn attributes(dice: &mut Dice<'_>, index: usize) -> String {
    let made_from = made_from(dice, index, &[]);
    let block = some(dice, 2, &[SERVICE, SERVICE, OF_AGENTS]).join(" ");
    format!("template {}{made_from} {{ {block} }}", attributes_named(index))
}

/// Templates that something is made from: some of the first ones of attributes, and these.
fn made_from(dice: &mut Dice<'_>, attributes: usize, also: &[&str]) -> String {
    let mut names: Vec<String> = also.iter().map(|name| (*name).to_owned()).collect();
    for index in 0..attributes {
        if dice.once_in(4) {
            let place = dice.below(names.len() + 1);
            names.insert(place, attributes_named(index));
        }
    }
    match names.is_empty() {
        true => String::new(),
        false => format!(": {}", names.join(", ")),
    }
}

/// A service of this name.
fn service(dice: &mut Dice<'_>, name: &str, targets: &[String], single: bool) -> String {
    let (kind, own): (&str, &[&str]) =
        *dice.choose(&[("python", PYTHON), ("node", NODE), ("script", &["args \"x\";"])]);
    let mut statements = some(dice, 3, &[SERVICE, SERVICE, own]);
    if kind == "script" && !dice.once_in(8) {
        statements.push("run \"x\";".to_owned());
    }
    if single && dice.once_in(8) {
        statements.push("only_profile dev;".to_owned());
    }
    let made_from = made_from(dice, COUNT, &[]);
    format!("{kind} {name}{made_from} {{ {} {} }}", statements.join(" "), depends_on(dice, targets))
}

fn system(dice: &mut Dice<'_>) -> System {
    let defaults = some(dice, 2, &[DEFAULTS]).join(" ");
    let set = (*dice.choose(&[
        "A = \"x\";",
        "B;",
        "B = \"{agent}\";",
        "B = inherit or \"{inherit HOME}/b\" or \"{agent}\";",
        "",
    ]))
    .to_owned();
    let attributes = (0..COUNT).map(|index| attributes(dice, index)).collect();
    let mut templates: Vec<Template> = Vec::new();
    for _ in 0..=dice.below(2) {
        let template = template(dice, &templates);
        templates.push(template);
    }
    let mut units: Vec<Unit> = Vec::new();
    // What is depended on is in the same file or in a later one, which does not lead back.
    for index in 0..2 + dice.below(5) {
        let file = match units.last() {
            Some(last) if last.file > 0 && dice.once_in(2) => last.file - 1,
            Some(last) => last.file,
            None => dice.below(UNIT_FILES),
        };
        let targets: Vec<String> = (0..units.len()).map(|index| format!("<{index}>")).collect();
        let (name, text) = match dice.below(5) {
            0 => {
                let ready = if dice.once_in(2) { "ready tcp \"db.lan:1\";" } else { "" };
                (format!("e{index}"), format!("external e{index} {{ {ready} }}"))
            }
            1 | 2 => {
                let name = match dice.below(12) {
                    0 => "a0_S0".to_owned(),
                    1 => "a0_s0".to_owned(),
                    2 => "a0-s0".to_owned(),
                    _ => format!("w{index}"),
                };
                if units.iter().any(|unit| unit.name == name) {
                    continue;
                }
                (name.clone(), service(dice, &name, &targets, true))
            }
            _ => {
                let name = if units.iter().any(|unit| unit.name == "a0") || dice.once_in(2) {
                    format!("a{index}")
                } else {
                    "a0".to_owned()
                };
                if units.iter().any(|unit| unit.name == name) {
                    continue;
                }
                (name.clone(), agent(dice, &name, &templates, &targets))
            }
        };
        units.push(Unit { name, file, text });
    }
    // Every template has an agent: what none is made from has no services.
    for template in &templates {
        let name = format!("of_{}", template.name);
        let text = format!("agent {name}: {} {{ env {{ B = \"1\"; }} }}", template.name);
        units.push(Unit { name, file: 0, text });
    }
    System { defaults, set, attributes, templates, units }
}

fn template(dice: &mut Dice<'_>, before: &[Template]) -> Template {
    let mut services: Vec<(String, String)> = Vec::new();
    let other = before.last().filter(|_| dice.once_in(2));
    let inherited = other.map(Template::all_services).unwrap_or_default();
    for index in 0..=dice.below(3) {
        let mut beside: Vec<String> = services.iter().map(|(name, _)| name.clone()).collect();
        beside.extend(inherited.iter().cloned());
        let name = format!("{}{index}", ["s", "r"][before.len() % 2]);
        services.push((name.clone(), service(dice, &name, &beside, false)));
    }
    let block = some(dice, 1, &[SERVICE]).join(" ");
    let others: Vec<&str> = other.iter().map(|other| other.name.as_str()).collect();
    let made_from = made_from(dice, COUNT, &others);
    Template { name: format!("t{}", before.len()), made_from, block, inherited, services }
}

impl Template {
    /// The names of its services, and of those that it has from others.
    fn all_services(&self) -> Vec<String> {
        let own = self.services.iter().map(|(name, _)| name.clone());
        self.inherited.iter().cloned().chain(own).collect()
    }
}

fn agent(dice: &mut Dice<'_>, name: &str, templates: &[Template], targets: &[String]) -> String {
    let template = (!dice.once_in(4)).then(|| dice.choose(templates));
    let mut inside = some(dice, 1, &[SERVICE]).join(" ");
    let mut beside: Vec<String> = targets.to_vec();
    if let Some(template) = template {
        let names = template.all_services();
        beside.extend(names.iter().cloned());
        if dice.once_in(3) {
            write!(inside, " without {};", dice.choose(&names)).unwrap();
        } else if dice.once_in(2) {
            let service = dice.choose(&names);
            let change = some(dice, 1, &[SERVICE, SERVICE, PYTHON, NODE]).join(" ");
            let depends = depends_on(dice, &beside);
            write!(inside, " override {service} {{ {change} {depends} }}").unwrap();
        }
    }
    if template.is_none() || dice.once_in(2) {
        let own = if dice.once_in(6) { "s0" } else { "own" };
        write!(inside, " {}", service(dice, own, &beside, false)).unwrap();
    }
    let also: Vec<&str> = template.iter().map(|template| template.name.as_str()).collect();
    format!("agent {name}{} {{ {inside} }}", made_from(dice, COUNT, &also))
}

impl System {
    fn base(&self) -> String {
        let mut text = format!("defaults {{ {} }}\n", self.defaults);
        for Template { name, made_from, block, services, .. } in &self.templates {
            let services = services.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>();
            let services = services.join("\n  ");
            writeln!(text, "template {name}{made_from} {{ {block} {services} }}").unwrap();
        }
        text
    }

    fn attributes(&self) -> String {
        format!("env shared {{ {} }}\n{}", self.set, self.attributes.join("\n"))
    }

    /// The text of a unit, with the names of those it depends on as a file sees them.
    fn unit(&self, unit: &Unit, split: bool) -> String {
        let mut text = unit.text.clone();
        for (index, target) in self.units.iter().enumerate() {
            let name = match split && target.file != unit.file {
                true => format!("{}.{}", PATHS[target.file], target.name),
                false => target.name.clone(),
            };
            text = text.replace(&format!("<{index}>"), &name);
        }
        text
    }

    fn in_one_file(&self) -> String {
        let units = self.units.iter().map(|unit| self.unit(unit, false));
        let units = units.collect::<Vec<_>>().join("\n");
        format!("paths unchecked;\n{}\n{}{units}", self.attributes(), self.base())
    }

    fn in_files(&self) -> Vec<(&'static str, String)> {
        let mut files: Vec<(&str, String)> = (0..UNIT_FILES)
            .map(|file| {
                let includes = match file {
                    0 => "include b::B; include c::C;",
                    _ => "",
                };
                let units = self.units.iter().filter(|unit| unit.file == file);
                let units: Vec<String> = units.map(|unit| self.unit(unit, true)).collect();
                let text = format!(
                    "name {};\npaths unchecked;\nuse u::U; use v::V;\n{includes}\n{}",
                    ["one", "two", "three"][file],
                    units.join("\n")
                );
                (PATHS[file], text)
            })
            .collect();
        let head = |name: &str| format!("name {name};\npaths unchecked;");
        files.push((PATHS[BASE], format!("{}\nuse v::V;\n{}", head("base"), self.base())));
        files.push((PATHS[ATTRIBUTES], format!("{}\n{}", head("attributes"), self.attributes())));
        files
    }
}

/// The rules that a text breaks.
fn verdict(text: &str) -> BTreeSet<&'static str> {
    let parsed = parse::ecosystem(text.parse().expect("tokens of Rust"));
    assert_eq!(parsed.problems, [], "{text}");
    let problems = check(&parsed.declaration, Surroundings::default());
    problems.iter().map(|problem| problem.fault.rule()).collect()
}

/// The rules that files break, by themselves and together.
fn verdict_of_files(files: &[(&'static str, String)]) -> BTreeSet<&'static str> {
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (*path, &*text.clone().leak())).collect();
    let files = Files { rule: "", files: files.leak() };
    let mut rules = BTreeSet::new();
    for file in 0..files.files.len() {
        let opened = open(&files, file, PATHS.len());
        rules.extend(opened.problems.iter().map(|problem| problem.fault.rule()));
        for said in compiled(&opened) {
            for message in said.lines().filter(|line| !line.starts_with("  ")) {
                let rule = rule_of(message);
                rules.insert(rule.unwrap_or_else(|| panic!("no rule says: {message}")));
            }
        }
    }
    rules
}

/// The rules that resolution finds broken, without a profile and with one.
fn verdict_of_resolution(text: &str) -> BTreeSet<&'static str> {
    let parsed = parse::ecosystem(text.parse().expect("tokens of Rust"));
    let ecosystem = Ecosystem::from_declaration(parsed.declaration, "/", &[]);
    let mut rules = BTreeSet::new();
    for profile in [None, Some("dev".to_owned())] {
        let resolved = ecosystem.resolve(&Options { profile, ..Options::default() });
        if let Err(ResolveError::Problems(problems)) = resolved {
            rules.extend(problems.iter().map(|located| located.fault.rule()));
        }
    }
    rules
}

/// Of two services of one name it is open which one others mean.
fn has_two_of_one_name(rules: &BTreeSet<&str>) -> bool {
    rules.contains("duplicate-unit")
}

#[test]
fn a_system_split_over_files_breaks_the_same_rules() {
    on_a_large_stack(|| {
        let mut different = Vec::new();
        for seed in 0..u64::from(effort::of(3_000)) {
            let system = system(&mut Dice::from_seed(seed));
            let (text, files) = (system.in_one_file(), system.in_files());
            let (mut one, mut split) = (verdict(&text), verdict_of_files(&files));
            // What variables say of ports over files is found by `check` and `up`.
            one.remove("port-variable-conflict");
            // In one file it is not said of a block in which something else is wrong.
            if !one.is_empty() && !one.contains("unused-allow") {
                split.remove("unused-allow");
            }
            if one != split && !(has_two_of_one_name(&one) && has_two_of_one_name(&split)) {
                let files: Vec<String> =
                    files.iter().map(|(path, text)| format!("-- {path}\n{text}")).collect();
                let only = |these: &BTreeSet<&'static str>, others: &BTreeSet<&'static str>| {
                    these.difference(others).copied().collect::<Vec<_>>()
                };
                different.push(format!(
                    "seed {seed}: only in one file {:?}, only in several {:?}\n{}",
                    only(&one, &split),
                    only(&split, &one),
                    files.join("\n")
                ));
            }
        }
        let count = different.len();
        different.truncate(4);
        assert!(different.is_empty(), "{count}:\n{}", different.join("\n\n"));
    });
}

#[test]
fn resolution_finds_what_the_checks_find() {
    let mut different = Vec::new();
    for seed in 0..u64::from(effort::of(4_000)) {
        let text = system(&mut Dice::from_seed(seed)).in_one_file();
        let (mut checked, resolved) = (verdict(&text), verdict_of_resolution(&text));
        // Of what is written for nothing there is nothing left in a system.
        checked.retain(|rule| !["no-effect", "unset-nothing", "unused-allow"].contains(rule));
        // Over files `check` and `up` find it.
        checked.remove("port-variable-conflict");
        let twice = has_two_of_one_name(&checked) && has_two_of_one_name(&resolved);
        if checked != resolved && !twice {
            different.push(format!(
                "seed {seed}:\n  checked  {checked:?}\n  resolved {resolved:?}\n{text}"
            ));
        }
    }
    let count = different.len();
    different.truncate(4);
    assert!(different.is_empty(), "{count}:\n{}", different.join("\n\n"));
}
