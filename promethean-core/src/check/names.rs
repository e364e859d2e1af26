//! Names: what a name can be, and that no two things of a sort share one.

use std::collections::{HashMap, HashSet};

use smol_str::SmolStr;

use super::Problems;
use super::layers::{Layers, Services};
use crate::attribute::NAMESPACE;
use crate::blocks::{self, BlockOwner};
use crate::declaration::{Attribution, Block, Declaration, Kind, Service, Unit};
use crate::expanded_service::Templates;
use crate::look_alike::{self, LookAlike};
use crate::other_tools;
use crate::paths::file_name;
use crate::problem::texts::{MACHINE, SERVICE_OF_AGENT, SERVICE_OF_TEMPLATE};
use crate::problem::{Fault, Problem};
use crate::reference::written_name;
use crate::span_id::{SpanId, Spanned};

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    unit_names(declaration, problems);
    service_names(declaration, problems);
    paths_as_names(declaration, services, problems);
    units_of_one_name(declaration, problems);
    template_and_set_names(declaration, problems);
    profiles_of_one_name(declaration, problems);
    similar_names(services.instances(), problems);
    namespaces(declaration, services.instances(), problems);
}

/// PM2's commands take a namespace where they take the name of an app, and the app comes first.
fn namespaces(declaration: &Declaration, services: &[Layers<'_>], problems: &mut Problems) {
    let mut names: HashSet<SmolStr> = HashSet::new();
    blocks::each(declaration, |_, block| {
        let values = block.setting(NAMESPACE).map(Attribution::values).unwrap_or_default();
        let [value] = values else { return };
        let Some(namespace) = value.value.as_name() else { return };
        if names.is_empty() {
            names.extend(services.iter().map(|layers| layers.instance.name()));
        }
        let fault = namespace_fault(namespace, |name| names.contains(name));
        if let Some(fault) = in_other_letters(namespace).or(fault) {
            problems.add(Problem::new(fault, value.span_id));
        }
    });
}

/// What is wrong with a namespace of PM2.
pub(crate) fn namespace_fault(namespace: &str, is_app: impl Fn(&str) -> bool) -> Option<Fault> {
    let name = namespace.to_owned();
    let of_an_app = || Fault::ReservedName {
        name,
        reason: "an app has it, so PM2's commands act on the app and not on the namespace",
    };
    let fault = spelling_fault(namespace).or_else(|| unit_name_fault(namespace, false));
    fault.or_else(|| is_app(namespace).then(of_an_app))
}

/// The names that stand alone in PM2: services outside agents, agents, externals.
fn unit_names(declaration: &Declaration, problems: &mut Problems) {
    for unit in &declaration.units {
        let name = match unit {
            Unit::Include(_) => continue,
            Unit::Agent(agent) => &agent.name,
            Unit::Service(service) => &service.name,
            Unit::External(external) => &external.name,
        };
        if let Some(fault) = unit_name_fault(name, matches!(unit, Unit::Agent(_))) {
            problems.add(Problem::new(fault, name.span_id));
        }
        spelling(name, problems);
    }
}

/// What PM2 takes the name of a unit for that is not in an agent.
pub(crate) fn unit_name_fault(name: &str, is_agent: bool) -> Option<Fault> {
    let digits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    let reason = match name {
        "all" => "PM2 takes it for all of its apps",
        // `pm2 restart default` acts on it.
        "default" if is_agent => "PM2 has it for all apps that are in no agent",
        _ if digits => "PM2 takes it for the id of an app",
        _ => return None,
    };
    Some(Fault::ReservedName { name: name.to_owned(), reason })
}

/// The short names of services in templates and agents.
fn service_names(declaration: &Declaration, problems: &mut Problems) {
    let in_templates = declaration.templates.iter().map(|template| &template.services);
    let in_agents = declaration.units.iter().filter_map(|unit| match unit {
        Unit::Agent(agent) => Some(&agent.services),
        Unit::Include(_) | Unit::Service(_) | Unit::External(_) => None,
    });
    for services in in_templates.chain(in_agents) {
        let mut seen = HashMap::new();
        for service in services {
            spelling(&service.name, problems);
            once("service", &service.name, &mut seen, problems);
        }
    }
}

/// A name in quotes with letters that look like Latin ones.
pub(super) fn in_other_letters(name: &str) -> Option<Fault> {
    let LookAlike { letter, script, meant } = look_alike::find(name, |_| false)?;
    Some(Fault::LookAlike { word: name.to_owned(), letter, script, meant: format!("{meant:?}") })
}

fn spelling(name: &Spanned<SmolStr>, problems: &mut Problems) {
    if let Some(fault) = in_other_letters(name) {
        problems.add(Problem::new(fault, name.span_id));
    }
    if let Some(fault) = spelling_fault(name) {
        problems.add(Problem::new(fault, name.span_id));
    }
}

/// What is wrong with a name that the shell or PM2 cannot tell from other words.
pub(crate) fn spelling_fault(name: &str) -> Option<Fault> {
    // Nothing is wrong with most names; a run over thousands of apps asks for each.
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.is_empty() && name.len() <= LONGEST && name.bytes().all(is_word) {
        return None;
    }
    let written = || name.escape_debug().to_string();
    match (misspelling(name), misread_by_pm2(name)) {
        (Some(reason), _) => Some(Fault::BadName { name: written(), reason }),
        (None, Some(reason)) => Some(Fault::ReservedName { name: written(), reason }),
        (None, None) => None,
    }
}

/// How many bytes a name has at most: the name of a file has 255, and that of a log has an agent, a service and
/// `-error-1000.log`.
const LONGEST: usize = 120;

fn misspelling(name: &str) -> Option<&'static str> {
    match name.chars().next() {
        None => Some("it is empty"),
        Some('-') => Some("it begins with `-`, as options do"),
        _ if name.chars().any(char::is_control) => Some("it has a control character"),
        _ if name.trim() != name => Some("it begins or ends with a space"),
        _ if name.len() > LONGEST => {
            Some("it has more than 120 bytes, and files are named after it")
        }
        _ => None,
    }
}

/// What the names are read as that PM2's commands are given.
fn misread_by_pm2(name: &str) -> Option<&'static str> {
    match name {
        _ if name.len() > 1 && name.starts_with('/') && name.ends_with('/') => {
            Some("PM2 takes it for a regular expression")
        }
        _ if name.contains(',') => Some("PM2 takes the comma for the end of the name"),
        _ => None,
    }
}

/// The first text after a kind is the name, and the second one the directory.
fn paths_as_names(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    const RULE: &str = "path-as-name";
    blocks::each(declaration, |owner, block| {
        let BlockOwner::Service { service, .. } = owner else { return };
        if !std::ptr::eq(block, &raw const service.block) {
            return;
        }
        let runs = |block: &Block| {
            ["entry", "module", "run"].iter().any(|key| block.setting(key).is_some())
        };
        let has_program =
            runs(block) || runs(&declaration.defaults) || !service.templates.is_empty();
        if let Some(fault) = path_as_name(service, has_program)
            && !services.allow_in(declaration, block, RULE)
        {
            problems.add(Problem::new(fault, service.name.span_id));
        }
    });
}

/// What is wrong with the name of a service that is a path: `node "services/web";`. A file is its program,
/// where it has no other one.
fn path_as_name(service: &Service, has_program: bool) -> Option<Fault> {
    const EXTENSIONS: [&str; 12] =
        ["bash", "cjs", "cts", "exe", "js", "jsx", "mjs", "mts", "py", "sh", "ts", "tsx"];
    let (kind, name) = (service.kind, service.name.as_str());
    // `@scope/web` is the name of a package.
    if name.starts_with('@') || spelling_fault(name).is_some() {
        return None;
    }
    let written = name.replace('\\', "/");
    let path = written.trim_end_matches('/').trim_start_matches("./");
    let (directory, last) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some(other) = &service.directory {
        // `node "services/web" "web"`
        let is_swapped = !directory.is_empty() && other.as_str() == last;
        let instead = format!("{} {} {path:?}", kind.word(), written_name(last));
        return is_swapped.then(|| Fault::PathAsName {
            name: name.to_owned(),
            is_file: false,
            instead,
        });
    }
    let (stem, extension) = last.rsplit_once('.').unwrap_or((last, ""));
    let is_file = !stem.is_empty() && EXTENSIONS.contains(&extension) && !has_program;
    let is_path = name.contains(['/', '\\']) || matches!(name, "." | "..");
    if !is_path && !is_file {
        return None;
    }
    let named = |text: &str| match text.trim_matches('.') {
        "" => "NAME".to_owned(),
        text => written_name(text),
    };
    let head = |name: &str, directory: &str| match directory {
        "" | "." => format!("{} {name}", kind.word()),
        directory => format!("{} {name} {directory:?}", kind.word()),
    };
    let instead = if is_file {
        // `services/web/index.js` is that of `web`.
        let parent = Some(file_name(directory)).filter(|parent| !parent.is_empty());
        let is_common = matches!(stem, "index" | "main" | "app" | "server" | "start" | "run");
        let name = parent.filter(|_| is_common).unwrap_or(stem);
        let file = if kind == Kind::Script { format!("./{last}") } else { last.to_owned() };
        let statements = other_tools::command(kind, &[&file]).unwrap_or_default();
        format!("{} {{ {statements} }}", head(&named(name), directory))
    } else {
        let head = head(&named(last), path);
        match kind {
            Kind::Script if !has_program => format!("{head} {{ run \"./program\"; }}"),
            Kind::Python | Kind::Node | Kind::Script => head,
        }
    };
    Some(Fault::PathAsName { name: name.to_owned(), is_file, instead })
}

/// Apps, agents and externals share one space of names.
fn units_of_one_name(declaration: &Declaration, problems: &mut Problems) {
    let mut seen: HashMap<SmolStr, (&'static str, SpanId)> = HashMap::new();
    let mut declare = |name: SmolStr, second: &'static str, span_id: SpanId| {
        let Some(&(first, first_span_id)) = seen.get(&name) else {
            seen.insert(name, (second, span_id));
            return;
        };
        let fault =
            Fault::DuplicateUnit { name: name.to_string(), second, first, declared_in: None };
        problems.add(Problem::new(fault, span_id).with(first_span_id, "first declared"));
    };
    let templates = Templates::of(declaration);
    for unit in &declaration.units {
        match unit {
            Unit::Include(_) => {}
            Unit::External(external) => {
                declare(external.name.value.clone(), "external", external.name.span_id);
            }
            Unit::Service(service) => {
                declare(service.name.value.clone(), "service", service.name.span_id);
            }
            Unit::Agent(agent) => {
                declare(agent.name.value.clone(), "agent", agent.name.span_id);
                let mut own: HashMap<&str, &Service> = HashMap::new();
                for service in &agent.services {
                    own.entry(&service.name).or_insert(service);
                }
                for part in templates.parts(agent) {
                    let name = &part.service.name;
                    let is_own =
                        agent.services.as_ptr_range().contains(&std::ptr::from_ref(part.service));
                    let (what, span_id) = match (is_own, !agent.templates.is_empty()) {
                        // The second of two in one agent has been reported.
                        (true, _)
                            if !own
                                .get(name.as_str())
                                .is_some_and(|first| std::ptr::eq(*first, part.service)) =>
                        {
                            continue;
                        }
                        (true, true) => (SERVICE_OF_AGENT, name.span_id),
                        (true, false) => ("service", name.span_id),
                        (false, _) => (SERVICE_OF_TEMPLATE, agent.name.span_id),
                    };
                    declare(part.name(), what, span_id);
                }
            }
        }
    }
}

fn template_and_set_names(declaration: &Declaration, problems: &mut Problems) {
    let mut seen = HashMap::new();
    for template in &declaration.templates {
        spelling(&template.name, problems);
        once("template", &template.name, &mut seen, problems);
    }
    let mut seen = HashMap::new();
    for set in &declaration.sets {
        spelling(&set.name, problems);
        once("env set", &set.name, &mut seen, problems);
    }
    // `on` names machines and what they have.
    let mut seen = HashMap::new();
    for machine in &declaration.machines {
        spelling(&machine.name, problems);
        once("machine", &machine.name, &mut seen, problems);
    }
    let machines = seen;
    for machine in &declaration.machines {
        let mut seen = machines.clone();
        for has in &machine.has {
            spelling(has, problems);
            once(MACHINE, has, &mut seen, problems);
        }
    }
    for unit in &declaration.units {
        if let Unit::Agent(agent) = unit {
            let mut seen = HashMap::new();
            for change in &agent.overrides {
                once("override of", &change.service, &mut seen, problems);
            }
            let mut seen = HashMap::new();
            for left_out in &agent.without {
                once("`without`", left_out, &mut seen, problems);
            }
        }
    }
}

fn profiles_of_one_name(declaration: &Declaration, problems: &mut Problems) {
    blocks::each(declaration, |_, block| {
        let mut seen = HashMap::new();
        for profile in &block.profiles {
            spelling(&profile.name, problems);
            once("block for the profile", &profile.name, &mut seen, problems);
        }
    });
}

/// Names that differ, and are one to a person or in the names of PM2's files.
fn similar_names(services: &[Layers<'_>], problems: &mut Problems) {
    let mut seen: HashMap<SmolStr, (SmolStr, SpanId, &Layers<'_>)> = HashMap::new();
    let mut similar_agents: HashSet<&str> = HashSet::new();
    let mut agents: HashMap<SmolStr, &Spanned<SmolStr>> = HashMap::new();
    for layers in services {
        let instance = &layers.instance;
        let name = instance.name();
        if misspelling(&name).or_else(|| misread_by_pm2(&name)).is_some() {
            continue;
        }
        if let Some(agent) = instance.agent {
            let first = agents.entry(folded(&agent.name)).or_insert(&agent.name);
            if first.value != agent.name.value {
                similar_agents.insert(&agent.name);
                if !layers.allows("similar-names") {
                    let fault = Fault::SimilarNames {
                        name: agent.name.to_string(),
                        other: first.to_string(),
                    };
                    let problem = Problem::new(fault, agent.name.span_id);
                    let problem = problem.unless(layers.elsewhere(0));
                    problems.add_first(problem.with(first.span_id, "the other one"));
                }
            }
            if similar_agents.contains(&agent.name.as_str()) {
                continue;
            }
        }
        let (name, span_id) = (instance.name(), instance.service.name.span_id);
        let key = folded(&name);
        let Some((other, first, others)) = seen.get(&key) else {
            seen.insert(key, (name, span_id, layers));
            continue;
        };
        if *other == name {
            continue;
        }
        // Both are asked: each `allow` lifts something.
        let (allows, other_allows) =
            (layers.allows("similar-names"), others.allows("similar-names"));
        if !allows && other_allows {
            // What comes later is compared with this one, for which nothing is allowed.
            seen.insert(key, (name, span_id, layers));
        } else if !allows {
            let fault = Fault::SimilarNames { name: name.to_string(), other: other.to_string() };
            let problem = Problem::new(fault, span_id).unless(layers.elsewhere_of_two(others));
            problems.add_first(problem.with(*first, "the other one"));
        }
    }
}

/// The name as PM2 writes it into the names of files, on a disk that does not tell `A` from `a`.
pub(crate) fn folded(name: &str) -> SmolStr {
    folded_letters(name).map(char::from).collect()
}

/// The letters of [`folded`], for who needs no text of them.
pub(crate) fn folded_letters(name: &str) -> impl Iterator<Item = u8> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    // Of a letter beyond ASCII the first byte is enough.
    let letters = name.bytes().filter(|byte| !matches!(byte, 0x80..=0xbf));
    letters.map(move |byte| if plain(byte) { byte.to_ascii_lowercase() } else { b'-' })
}

/// A name that may stand once in some space.
fn once<'a>(
    what: &'static str,
    name: &'a Spanned<SmolStr>,
    seen: &mut HashMap<&'a str, SpanId>,
    problems: &mut Problems,
) {
    if let Some(first) = seen.get(name.as_str()) {
        let fault = Fault::DuplicateName { what, name: name.to_string() };
        problems.add(Problem::new(fault, name.span_id).with(*first, "first declared"));
    } else {
        seen.insert(name, name.span_id);
    }
}
