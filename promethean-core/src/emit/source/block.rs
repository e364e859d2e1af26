//! The statements of a block.

use smol_str::SmolStr;

use super::Comments;
use super::page::Statement;
use super::word::{key, name, text, value, variable};
use crate::attribute::Form;
use crate::declaration::{
    Attribution, Block, Dependency, EndpointReference, EnvEntry, EnvValue, Given, Listen, Probe,
    Purpose,
};
use crate::kind::{ProbeHead, RESTARTS};
use crate::span_id::{SpanId, Spanned};
use crate::value::Value;

/// The statements of a block, in the order in which they are best read.
pub(super) fn statements(block: &Block, comments: &Comments) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut add = |span_id: SpanId, statement: Statement| {
        statements.extend(comments.above(span_id).iter().map(|line| Statement::comment(line)));
        statements.push(statement);
    };
    for unset in &block.unset {
        add(unset.span_id, Statement::line(format!("unset {};", **unset)));
    }
    for setting in &block.settings {
        add(setting.key.span_id, attribution(setting));
    }
    for listen in &block.listen {
        add(listen.span_id(), self::listen(listen));
    }
    if let Some(first) = block.depends_on.first() {
        let targets = block.depends_on.iter().map(dependency).collect();
        add(first.span_id(), Statement::list("depends_on", targets));
    }
    if !block.spreads.is_empty() || !block.env.is_empty() {
        let inside = entries(&block.spreads, &block.env, comments);
        add(SpanId::NOWHERE, Statement::block("env", inside));
    }
    if let Some(ready) = &block.ready {
        add(ready.kind.span_id, probe(Purpose::Ready, ready));
    }
    if let Some(alive) = &block.alive {
        add(alive.kind.span_id, probe(Purpose::Alive, alive));
    }
    for allow in &block.allow {
        let line = format!("allow {} {};", name(&allow.rule), text(&allow.reason));
        add(allow.rule.span_id, Statement::line(line));
    }
    for profile in &block.profiles {
        let inside = self::statements(&profile.block, comments);
        add(
            profile.name.span_id,
            Statement::block(&format!("profile {}", name(&profile.name)), inside),
        );
    }
    statements
}

/// `KEY value, value;` or `KEY { … }`
fn attribution(setting: &Attribution) -> Statement {
    match &setting.given {
        // `runner venv "DIR"`
        Given::Values(values)
            if setting.attribute().is_some_and(|attribute| attribute.form == Form::Runner) =>
        {
            let words = self::values(values).join(" ");
            Statement::line(format!("{} {words};", *setting.key))
        }
        Given::Values(values) => Statement::list(&setting.key, self::values(values)),
        Given::Object(entries) => {
            let inside =
                entries.iter().map(|(key, values)| Statement::list(key, self::values(values)));
            Statement::block(&setting.key, inside.collect())
        }
    }
}

fn values(values: &[Spanned<Value>]) -> Vec<String> {
    values.iter().map(|written| value(written)).collect()
}

/// The entries of an `env`; what is spread is weaker, and so is first.
pub(super) fn entries(
    spreads: &[Spanned<SmolStr>],
    entries: &[EnvEntry],
    comments: &Comments,
) -> Vec<Statement> {
    let mut statements: Vec<Statement> =
        spreads.iter().map(|set| Statement::line(format!("..{};", name(set)))).collect();
    for entry in entries {
        let above = comments.above(entry.key.span_id).iter();
        statements.extend(above.map(|line| Statement::comment(line)));
        statements.push(self::entry(entry));
    }
    statements
}

fn entry(entry: &EnvEntry) -> Statement {
    let written = key(&entry.key);
    match &entry.value {
        EnvValue::Required => Statement::line(format!("{written};")),
        EnvValue::Unset => Statement::line(format!("unset {written};")),
        given @ (EnvValue::Text(_)
        | EnvValue::Endpoint(_)
        | EnvValue::Expression(_)
        | EnvValue::Secret(_)
        | EnvValue::Inherit(_)
        | EnvValue::Or(_)) => {
            Statement::chain(format!("{written} ="), given.sources().map(source).collect())
        }
    }
}

fn source(source: &EnvValue) -> String {
    let quoted = |name: &Option<Spanned<SmolStr>>| {
        name.as_ref().map_or_else(String::new, |name| format!(" {}", text(name)))
    };
    match source {
        EnvValue::Text(value) => variable(value),
        EnvValue::Secret(stored) => format!("secret{}", quoted(stored)),
        EnvValue::Inherit(from) => format!("inherit{}", quoted(from)),
        EnvValue::Endpoint(to) => reference(to),
        EnvValue::Unset => "unset".to_owned(),
        EnvValue::Expression(_) | EnvValue::Or(_) | EnvValue::Required => "(todo!())".to_owned(),
    }
}

/// `url proxx:metrics "/v1"`
fn reference(reference: &EndpointReference) -> String {
    let path = reference.ecosystem.iter().map(|path| path.to_string());
    let unit = reference.unit.iter().map(|part| name_of_unit(part));
    let target = path.chain(unit).collect::<Vec<_>>().join(".");
    let endpoint = reference.endpoint.as_ref().map(|endpoint| format!(":{}", name(endpoint)));
    let append = reference.append.as_ref().map(|append| format!(" {}", text(append)));
    let part = reference.part.word();
    format!("{part} {target}{}{}", endpoint.unwrap_or_default(), append.unwrap_or_default())
}

/// A word that begins with a capital is another ecosystem.
fn name_of_unit(part: &str) -> String {
    match part.starts_with(char::is_uppercase) {
        true => text(part),
        false => name(part),
    }
}

/// `listen metrics: http 9100;`
pub(super) fn listen(listen: &Listen) -> Statement {
    let endpoint = listen.name.as_ref().map(|endpoint| format!("{}: ", name(endpoint)));
    let scheme = listen.scheme.as_ref().map(|scheme| format!("{} ", name(scheme)));
    let at = value(&listen.at);
    let head = endpoint.unwrap_or_default() + &scheme.unwrap_or_default();
    Statement::line(format!("listen {head}{at};"))
}

/// A target, its condition and what follows that.
fn dependency(dependency: &Dependency) -> String {
    let unit = dependency.unit.iter().map(|part| name_of_unit(part));
    let path = dependency.ecosystem.iter().map(|path| path.to_string());
    let target = path.chain(unit).collect::<Vec<_>>().join(".");
    let condition = dependency.condition.iter().map(|condition| condition.word().to_owned());
    let timeout = dependency.timeout.iter().map(|timeout| format!("timeout {}", value(timeout)));
    let restarts = dependency.restarts.then(|| RESTARTS.to_owned());
    let inside: Vec<String> = condition.chain(timeout).chain(restarts).collect();
    match inside.is_empty() {
        true => target,
        false => format!("{target}({})", inside.join(", ")),
    }
}

/// `ready http "http://127.0.0.1:8000" { timeout 5s; status 401; }`
pub(super) fn probe(purpose: Purpose, probe: &Probe) -> Statement {
    let head = ProbeHead { purpose, kind: probe.kind.value }.to_string();
    let settings = [
        ("timeout", &probe.timeout),
        ("interval", &probe.interval),
        ("status", &probe.status),
        ("failures", &probe.failures),
    ];
    let settings: Vec<Statement> = settings
        .into_iter()
        .filter_map(|(key, setting)| Some(Statement::list(key, vec![value(setting.as_ref()?)])))
        .collect();
    let values = values(&probe.values);
    let head = match &probe.endpoint {
        Some(endpoint) => format!("{head} {}", name(endpoint)),
        None => head,
    };
    if values.is_empty() && !settings.is_empty() {
        return Statement::block(&head, settings);
    }
    if values.is_empty() {
        return Statement::line(format!("{head};"));
    }
    if settings.is_empty() {
        return Statement::list(&head, values);
    }
    Statement::block(&format!("{head} {}", values.join(", ")), settings)
}
