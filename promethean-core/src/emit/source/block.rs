//! The statements of a block.

use smol_str::SmolStr;

use super::Comments;
use super::page::Statement;
use super::word::{key, name, text, value, variable};
use crate::attribute::Form;
use crate::declaration::{Attribution, Block, Dependency, EnvEntry, EnvValue, Given, Probe};
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
    if let Some(first) = block.depends_on.first() {
        let targets = block.depends_on.iter().map(dependency).collect();
        add(first.span_id(), Statement::list("depends_on", targets));
    }
    if !block.spreads.is_empty() || !block.env.is_empty() {
        let inside = entries(&block.spreads, &block.env, comments);
        add(SpanId::NOWHERE, Statement::block("env", inside));
    }
    if let Some(ready) = &block.ready {
        add(ready.kind.span_id, probe(ready));
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
        statements.push(Statement::line(self::entry(entry)));
    }
    statements
}

fn entry(entry: &EnvEntry) -> String {
    let written = key(&entry.key);
    match &entry.value {
        EnvValue::Required => format!("{written};"),
        EnvValue::Unset => format!("unset {written};"),
        given @ (EnvValue::Text(_)
        | EnvValue::Expression(_)
        | EnvValue::Secret(_)
        | EnvValue::Inherit(_)
        | EnvValue::Or(_)) => {
            let sources: Vec<String> = given.sources().map(source).collect();
            format!("{written} = {};", sources.join(" or "))
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
        EnvValue::Unset => "unset".to_owned(),
        EnvValue::Expression(_) | EnvValue::Or(_) | EnvValue::Required => "(todo!())".to_owned(),
    }
}

/// A target and its condition.
fn dependency(dependency: &Dependency) -> String {
    let unit = dependency.unit.iter().map(|part| match part.starts_with(char::is_uppercase) {
        // A word that begins with a capital is another ecosystem.
        true => text(part),
        false => name(part),
    });
    let path = dependency.ecosystem.iter().map(|path| path.to_string());
    let target = path.chain(unit).collect::<Vec<_>>().join(".");
    match &dependency.condition {
        Some(condition) => format!("{target}({})", condition.word()),
        None => target,
    }
}

/// `ready http "http://127.0.0.1:8000" { timeout 5s; status 401; }`
pub(super) fn probe(probe: &Probe) -> Statement {
    let head = format!("ready {}", probe.kind.word());
    let settings =
        [("timeout", &probe.timeout), ("interval", &probe.interval), ("status", &probe.status)];
    let settings: Vec<Statement> = settings
        .into_iter()
        .filter_map(|(key, setting)| Some(Statement::list(key, vec![value(setting.as_ref()?)])))
        .collect();
    let values = values(&probe.values);
    if settings.is_empty() {
        return Statement::list(&head, values);
    }
    Statement::block(&format!("{head} {}", values.join(", ")), settings)
}
