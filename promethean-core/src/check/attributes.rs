//! Attributes: that they exist, stand once, fit the kind of service and have the right values.

use std::collections::HashMap;
use std::time::Duration;

use smol_str::SmolStr;

use super::layers::{Layers, Services, row};
use super::{Found, Problems};
use crate::attribute::{Attribute, DERIVED, ENV_FILES, Form, Mismatch, Options, Type};
use crate::blocks;
use crate::date_format;
use crate::declaration::{Attribution, Block, Declaration, Given, Kind};
use crate::number::{Size, format_duration};
use crate::other_tools::{self, Instead, Place, Row, Written, nearest_attribute};
use crate::paths::file_name;
use crate::pm2;
use crate::problem::{Fault, Known, OtherSyntax, Problem, Rule};
use crate::service_facts::WrongRun;
use crate::span_id::{SpanId, Spanned};
use crate::suggest::nearest;
use crate::value::Value;

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    blocks::each(declaration, |owner, block| {
        for setting in &block.settings {
            match setting.attribute() {
                None => {
                    let values: Vec<Value> =
                        setting.values().iter().map(|value| value.value.clone()).collect();
                    let written = Written {
                        word: &setting.key,
                        kind: owner.kind(),
                        values: &values,
                        ..Written::default()
                    };
                    problems.add(Problem::new(unknown_attribute(&written), setting.key.span_id));
                }
                Some(attribute) => {
                    let kind = owner.kind();
                    match kind.and_then(|kind| wrong_for_kind(attribute, setting, kind)) {
                        Some(problem) => problems.add(problem),
                        None => right_values(attribute, setting, problems),
                    }
                    if attribute.name == "log_date_format" {
                        date_format(setting, problems);
                    }
                }
            }
        }
        once_in_a_block(block, problems);
        known_unset(block, problems);
        allowed_rules(block, problems);
        problems.add_unless(unlikely_values(block), || {
            services.allow_in(declaration, block, "unlikely-value")
        });
    });
    for layers in services.instances() {
        something_to_run(layers, problems);
    }
}

/// `log_date_format "%Y-%m-%d";`
fn date_format(setting: &Attribution, problems: &mut Problems) {
    for value in setting.values() {
        if let Value::Text(written) = &value.value
            && let Some(meant) = date_format::meant(written)
        {
            let instead = format!("{} {meant:?};", setting.key.value);
            let found = OtherSyntax::Otherwise { found: written.to_string(), instead };
            problems.add(Problem::new(Fault::ForeignSyntax { found }, value.span_id));
        }
    }
}

/// The bytes that a process uses before it has done anything.
const LEAST_MEMORY: u64 = 1_000_000;

/// Values that are right, and do not mean what they say.
fn unlikely_values(block: &Block) -> Found {
    let mut found = Found::new();
    for setting in &block.settings {
        let Some(attribute) = setting.attribute() else { continue };
        if let (Given::Object(entries), Some(_)) = (&setting.given, attribute.options()) {
            found.extend(unlikely_options(entries));
        }
        let [only] = setting.values() else { continue };
        let (why, instead) = match (attribute.name, &only.value) {
            ("max_memory_restart", Value::Size(size)) if size.bytes() < LEAST_MEMORY => (
                "every process uses more, so it is restarted again and again".to_owned(),
                enough_memory(&setting.key, *size),
            ),
            (name, Value::Duration(Duration::ZERO))
                if !pm2::time(name, Some(Duration::ZERO)).is_zero() =>
            {
                let default = format_duration(pm2::time(name, Some(Duration::ZERO)));
                (
                    format!("PM2 takes 0 for its default of {default}"),
                    format!("write the shortest time, `{} 1ms;`, or remove it", *setting.key),
                )
            }
            _ => continue,
        };
        let value = format!("{} {}", *setting.key, only.value);
        found.push((Fault::UnlikelyValue { value, why, instead }, only.span_id));
    }
    found
}

/// Options of the watcher that do nothing, or more than they say.
fn unlikely_options(entries: &[(Spanned<SmolStr>, Vec<Spanned<Value>>)]) -> Found {
    let of = |wanted: &str| {
        let mut options = entries.iter().filter(|(key, _)| *key.value == *wanted);
        options.find_map(|(_, values)| values.first())
    };
    let polls = of("usePolling").is_some_and(|value| value.value != Value::Boolean(false));
    let mut found = Found::new();
    for name in ["interval", "binaryInterval"] {
        if let Some(given) = of(name).filter(|_| !polls) {
            let value = format!("{name} {}", given.value);
            let why = "it is only read with `usePolling true`".to_owned();
            let instead = format!("add `usePolling true;`, or remove `{name}`");
            found.push((Fault::UnlikelyValue { value, why, instead }, given.span_id));
        }
    }
    if let Some(initial) = of("ignoreInitial")
        && initial.value == Value::Boolean(false)
    {
        let value = "ignoreInitial false".to_owned();
        let why = "what is there counts as a change, so it is restarted as soon as it has started"
            .to_owned();
        let instead = "remove it".to_owned();
        found.push((Fault::UnlikelyValue { value, why, instead }, initial.span_id));
    }
    found
}

/// `max_memory_restart 300M;` for `300K`.
fn enough_memory(key: &str, written: Size) -> String {
    match written.bytes() >> 10 {
        number @ 10.. => format!("write `{key} {number}M;`"),
        _ => format!("write how much it may use, such as `{key} 300M;`"),
    }
}

/// The fault that a name is which no attribute has.
#[must_use]
pub fn unknown_attribute(written: &Written<'_>) -> Fault {
    let key = written.word.to_owned();
    let program = Row { place: Place::Attribute, tool: "", words: &[], instead: Instead::Program };
    match DERIVED.iter().find(|(name, _)| *name == written.word) {
        Some(("script" | "exec", _)) => {
            return Fault::DerivedAttribute { key, instead: program.help(written) };
        }
        Some((_, instead)) => {
            let row = Row {
                place: Place::Attribute,
                tool: "",
                words: &[],
                instead: Instead::Say(instead),
            };
            let instead = row.help(written);
            return Fault::DerivedAttribute { key, instead };
        }
        None => {}
    }
    if let Some(profile) = written.word.strip_prefix("env_")
        && !nearest_attribute(written.word).is_some_and(|name| ENV_FILES.contains(&name))
    {
        let env = other_tools::attribute("environment").filter(|_| !written.values.is_empty());
        let env = env.map(|row| row.help(written));
        let env = env.as_deref().and_then(|help| help.strip_prefix("write `")?.strip_suffix('`'));
        let env = env.unwrap_or("env { KEY = \"value\"; }");
        let instead = format!("environments are profiles: `profile {profile} {{ {env} }}`");
        return Fault::DerivedAttribute { key, instead };
    }
    if let Some(row) = other_tools::attribute(written.word) {
        let help = row.help(written);
        let tool = row.tools(written.word);
        return Fault::OtherTool { what: "attribute", word: key, tool, help };
    }
    let kinds = Kind::ALL.map(|(word, _)| word);
    let meant = nearest_attribute(written.word).or_else(|| nearest(written.word, kinds));
    if meant.is_none()
        && let Some(derived) = nearest(written.word, DERIVED.iter().map(|(name, _)| *name))
        && let Fault::DerivedAttribute { instead, .. } =
            unknown_attribute(&Written { word: derived, ..*written })
    {
        return Fault::DerivedAttribute { key, instead };
    }
    // A word of another tool may be misspelt, too.
    if meant.is_none()
        && let Some(row) =
            other_tools::nearest_word(written.word, |place| place == Place::Attribute)
    {
        let (tool, help) = (row.tools(written.word), row.help(written));
        return Fault::OtherTool { what: "attribute", word: key, tool, help };
    }
    Fault::UnknownAttribute { key, meant: meant.map(str::to_owned) }
}

/// The option of a name in the block of an attribute.
pub(crate) fn option_of(options: Options, name: &str) -> Result<&'static Attribute, Fault> {
    let Options { of, rows, names } = options;
    rows.iter().find(|option| option.name == name).ok_or_else(|| Fault::UnknownChoice {
        what: format!("option of `{of}`:"),
        found: name.to_owned(),
        choices: names,
    })
}

/// What is wrong with an attribute in a service of a kind.
pub(crate) fn wrong_for_kind(
    attribute: &'static Attribute,
    setting: &Attribution,
    kind: Kind,
) -> Option<Problem> {
    let choices = kind.runners();
    if !attribute.applies_to(kind) {
        return Some(Problem::new(Fault::WrongKind { attribute, kind }, setting.key.span_id));
    }
    if attribute.form == Form::Runner
        && let [first, ..] = setting.values()
        && let Value::Word(word) = &first.value
        && !choices.contains(&word.as_str())
    {
        let what = format!("runner of a {} service:", kind.word());
        let fault = Fault::UnknownChoice { what, found: word.to_string(), choices };
        return Some(Problem::new(fault, first.span_id));
    }
    None
}

fn right_values(attribute: &'static Attribute, setting: &Attribution, problems: &mut Problems) {
    let values = match &setting.given {
        Given::Values(values) if attribute.form != Form::Object => values,
        Given::Object(entries) if attribute.form == Form::Object => {
            once_in_an_object(entries.iter().map(|(key, _)| key), problems);
            if let Some(options) = attribute.options() {
                for (key, values) in entries {
                    match option_of(options, key) {
                        Ok(option) => right_types(option, key, values, problems),
                        Err(fault) => problems.add(Problem::new(fault, key.span_id)),
                    }
                }
            }
            return;
        }
        Given::Values(_) | Given::Object(_) => {
            problems.add(Problem::new(Fault::WrongForm { attribute }, setting.key.span_id));
            return;
        }
    };
    right_types(attribute, &setting.key, values, problems);
}

fn right_types(
    attribute: &'static Attribute,
    key: &Spanned<SmolStr>,
    values: &[Spanned<Value>],
    problems: &mut Problems,
) {
    let Err(mismatch) = attribute.read(values.iter().map(|value| &value.value)) else {
        // `watch "true";` would watch a file of this name.
        if let [only] = values
            && let Value::Text(text) = &only.value
            && matches!(text.as_str(), "true" | "false")
            && attribute.types.contains(&Type::Boolean)
        {
            let (found, instead) = (only.value.to_string(), format!("{} {text};", key.value));
            let found = OtherSyntax::Otherwise { found, instead };
            problems.add(Problem::new(Fault::ForeignSyntax { found }, only.span_id));
        }
        return;
    };
    let wrong = mismatch.index().and_then(|index| values.get(index));
    let span_id = wrong.map_or(key.span_id, |value| value.span_id);
    if let Some(fault) = fault_of(attribute, mismatch, wrong.map(|value| &value.value)) {
        problems.add(Problem::new(fault, span_id));
    }
}

/// The fault that a mismatch is.
pub(crate) fn fault_of(
    attribute: &'static Attribute,
    mismatch: Mismatch,
    wrong: Option<&Value>,
) -> Option<Fault> {
    let key = attribute.name.to_owned();
    Some(match mismatch {
        Mismatch::Missing => Fault::MissingValue { attribute },
        Mismatch::NoDirectory => Fault::VenvWithoutDirectory,
        Mismatch::TooMany { .. } => Fault::TooManyValues { attribute },
        Mismatch::BooleanInList { .. } => Fault::BooleanInList { attribute },
        Mismatch::Type { .. } => match wrong? {
            Value::Word(word) if matches!(word.as_str(), "secret" | "inherit") => {
                Fault::SecretOutsideEnv { key, word: word.to_string() }
            }
            found => Fault::WrongType { attribute, found: found.clone() },
        },
        Mismatch::Range { minimum, maximum, .. } => {
            Fault::OutOfRange { key, found: wrong?.to_string(), minimum, maximum }
        }
        Mismatch::Choice { .. } => {
            let choices = attribute.choices()?;
            let what = attribute.name.to_owned();
            Fault::UnknownChoice { what, found: wrong?.to_string(), choices }
        }
        Mismatch::Cron { error, .. } => Fault::BadCron { pattern: wrong?.to_string(), error },
    })
}

fn once_in_a_block(block: &Block, problems: &mut Problems) {
    let mut seen: HashMap<&str, SpanId> = HashMap::new();
    let written = block.settings.iter().map(|setting| &setting.key);
    for key in written.chain(&block.unset) {
        let Some(attribute) = Attribute::find(key) else { continue };
        match seen.get(attribute.name) {
            None => {
                seen.insert(attribute.name, key.span_id);
            }
            Some(first) => {
                let fault = Fault::DuplicateAttribute { attribute, written: key.to_string() };
                problems.add(Problem::new(fault, key.span_id).with(*first, "first given"));
            }
        }
    }
}

/// Of two options of one name, JSON's reader in PM2 takes the last one and YAML's none.
fn once_in_an_object<'a>(
    keys: impl Iterator<Item = &'a Spanned<SmolStr>>,
    problems: &mut Problems,
) {
    let mut seen: HashMap<&str, SpanId> = HashMap::new();
    for key in keys {
        match seen.get(key.as_str()) {
            None => {
                seen.insert(key, key.span_id);
            }
            Some(first) => {
                let fault = Fault::Repeated { what: format!("option `{}`", key.value) };
                problems.add(Problem::new(fault, key.span_id).with(*first, "first given"));
            }
        }
    }
}

fn known_unset(block: &Block, problems: &mut Problems) {
    for key in &block.unset {
        let statement = matches!(key.as_str(), "env" | "depends_on" | "listen" | "ready" | "alive");
        if !statement && Attribute::find(key).is_none() {
            let written = Written { word: key, ..Written::default() };
            problems.add(Problem::new(unknown_attribute(&written), key.span_id));
        }
    }
}

/// `allow` names a lint.
fn allowed_rules(block: &Block, problems: &mut Problems) {
    for allow in &block.allow {
        if Rule::find(&allow.rule).is_some_and(|rule| !rule.is_lint) {
            let fault = Fault::AllowOfError { rule: allow.rule.to_string() };
            problems.add(Problem::new(fault, allow.rule.span_id));
        } else if !Rule::lints().any(|rule| rule == allow.rule.as_str()) {
            let known = Known::of(Rule::lints());
            let meant = problems.meant(&allow.rule, Rule::lints());
            let name = allow.rule.to_string();
            let fault = Fault::UnknownName {
                what: "lint",
                name,
                is: None,
                used_by_used: None,
                meant,
                known,
            };
            problems.add(Problem::new(fault, allow.rule.span_id));
        }
    }
}

/// The statements for a program that `run` starts without npm: `run "node", "index.js"`.
fn run_by_itself(values: &[Spanned<Value>]) -> Option<String> {
    let texts: Option<Vec<&str>> = values.iter().map(|value| value.value.as_text()).collect();
    let texts = texts?;
    let words: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
    let first = file_name(words.first()?);
    let is_known = matches!(first, "npm" | "node" | "nodejs" | "bun") && words.len() > 1;
    let is_file = [".js", ".mjs", ".cjs", ".ts"].iter().any(|end| first.ends_with(end));
    // What has a quote in it is taken apart by a shell only.
    let is_plain = words.iter().all(|word| !word.contains(['"', '\'', '$', '`', '|', '&', ';']));
    let statements = other_tools::command(Kind::Node, &words);
    statements.filter(|_| (is_known || is_file) && is_plain)
}

/// A script says what to run, and so does npm.
fn something_to_run(layers: &Layers<'_>, problems: &mut Problems) {
    let instance = &layers.instance;
    let span_id = match instance.agent {
        Some(agent) if !agent.templates.is_empty() => agent.name.span_id,
        _ => instance.service.name.span_id,
    };
    let facts = layers.facts(None);
    let runner = layers.setting(row::RUNNER, None).given();
    let runner = runner.and_then(|setting| setting.values().first());
    match facts.wrong_run() {
        // Of another kind of service, and reported.
        Some(WrongRun::Script)
            if ["entry", "module"]
                .iter()
                .any(|key| instance.service.block.setting(key).is_some())
                || problems.has("path-as-name", instance.service.name.span_id) => {}
        Some(WrongRun::Script) => {
            problems.add(Problem::new(Fault::ScriptWithoutRun, span_id));
        }
        Some(WrongRun::Npm) => {
            let span_id = runner.map_or(span_id, |word| word.span_id);
            problems.add(Problem::new(Fault::NodeRun { npm: true, instead: None }, span_id));
        }
        Some(WrongRun::WithoutNpm) => {
            let run = layers.setting(row::RUN, None).given();
            let span_id = run.map_or(span_id, |run| run.key.span_id);
            let instead = run.and_then(|run| run_by_itself(run.values()));
            problems.add(Problem::new(Fault::NodeRun { npm: false, instead }, span_id));
        }
        None => {}
    }
}
