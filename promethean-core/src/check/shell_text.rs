//! Texts that only a shell would expand: `$HOME`, `~`, `%PATH%`, a command in backticks.

use super::layers::Services;
use super::{Found, Problems};
use crate::attribute::{Attribute, Type};
use crate::blocks;
use crate::declaration::{Attribution, Block, Declaration, EnvEntry, EnvValue};
use crate::paths::file_name;
use crate::problem::Fault;
use crate::span_id::{SpanId, Spanned};
use crate::text::{TextError, each_piece};
use crate::value::Value;

const RULE: &str = "shell-text";

/// Attributes in which these signs mean something else.
const OTHERWISE: [&str; 6] = [
    "cron_restart",
    "filter_env",
    "ignore_watch",
    "log_date_format",
    "post_update",
    "watch_options",
];

/// Flags behind which a program is written, for a shell or an interpreter.
const PROGRAMS_FOLLOW: [&str; 11] =
    ["-c", "-lc", "-ic", "-lic", "-ec", "-euc", "-e", "--eval", "/c", "/C", "-Command"];

/// Programs that print what the text behind `-p` gives. To most others it is the port.
const PRINT: [&str; 3] = ["node", "nodejs", "bun"];

pub(super) fn check(declaration: &Declaration, services: &Services<'_>, problems: &mut Problems) {
    blocks::each(declaration, |_, block| {
        let mut found = Vec::new();
        for setting in &block.settings {
            in_setting(setting, has_port(block), &mut found);
        }
        in_entries(&block.env, has_port(block), &mut found);
        problems.add_unless(found, || services.allow_in(declaration, block, RULE));
    });
    for set in &declaration.sets {
        let mut found = Vec::new();
        in_entries(&set.env, false, &mut found);
        problems.add_unless(found, || services.allow_in_set(declaration, &set.name, RULE));
    }
    if let Some(file) = &declaration.secrets {
        let mut found = Vec::new();
        in_path(file, file.span_id, "secrets", false, &mut found);
        problems.add_unless(found, || services.allow_in(declaration, &declaration.defaults, RULE));
    }
}

/// Whether a block says where the service listens: then `{port}` is what a shell has in `$PORT`.
fn has_port(block: &Block) -> bool {
    let has_attribute = || block.settings.iter().any(|setting| setting.key.value == "port");
    !block.listen.is_empty() || has_attribute()
}

fn in_setting(setting: &Attribution, has_port: bool, found: &mut Found) {
    let Some(attribute) = setting.attribute() else { return };
    let values = setting.values();
    let prints = attribute.name == "node_args"
        || values
            .first()
            .and_then(|first| first.value.as_text())
            .is_some_and(|program| PRINT.contains(&file_name(program)));
    let is_program = |value: &Spanned<Value>| {
        value
            .value
            .as_text()
            .is_some_and(|text| PROGRAMS_FOLLOW.contains(&text) || prints && text == "-p")
    };
    if OTHERWISE.contains(&attribute.name) || values.iter().any(is_program) {
        return;
    }
    for value in values {
        let Value::Text(text) = &value.value else { continue };
        if attribute.placeholders
            && let Some(fault) = dollar_before(text)
        {
            found.push((fault, value.span_id));
            continue;
        }
        // `${HOME}` is an unknown placeholder where there are some.
        if !attribute.placeholders || !text.contains("${") {
            in_path(text, value.span_id, attribute.name, has_port, found);
        }
    }
}

/// `${url web}`: the sign before a placeholder would stay.
fn dollar_before(text: &str) -> Option<Fault> {
    let mut rest = text;
    loop {
        let (_, behind) = rest.split_once("${")?;
        let inside = behind.split_once('}').map(|(inside, _)| inside)?;
        // `{{` is a brace.
        if !inside.starts_with('{') && each_piece(text, |_| Ok::<(), TextError>(())).is_ok() {
            let (part, instead) =
                (format!("${{{inside}}}"), format!("write `{{{inside}}}`, without the `$`"));
            return Some(Fault::ShellText { part, instead });
        }
        rest = behind;
    }
}

fn in_path(text: &str, span_id: SpanId, key: &str, has_port: bool, found: &mut Found) {
    let Some(part) = for_a_shell(text) else { return };
    let instead = match part.name.as_deref() {
        Some("PORT") if has_port => format!("write `{:?}`", in_braces(text, &part)),
        Some("HOME") => whole_path(key, text, &part),
        Some(_) => {
            format!("write the value itself after `{key}`, or a Rust expression in parentheses")
        }
        None => {
            format!("write the result itself after `{key}`, or a Rust expression in parentheses")
        }
    };
    found.push((Fault::ShellText { part: part.written, instead }, span_id));
}

/// `/home/NAME/logs/web.log` for `~/logs/web.log`.
fn whole_path(key: &str, text: &str, part: &ShellPart) -> String {
    let path = text.replacen(&part.written, "/home/NAME", 1);
    let is_path = Attribute::find(key).is_some_and(|found| found.types.contains(&Type::Path));
    // Those of secrets are relative to the root outside a service.
    let relative = match is_path && key != "secrets" {
        true => ", or one that is relative to the service's directory",
        false => "",
    };
    format!("write the absolute path, such as `{path:?}`{relative}")
}

/// `{port}` in the place of `$PORT`.
fn in_braces(text: &str, part: &ShellPart) -> String {
    text.replacen(&part.written, "{port}", 1)
}

fn in_entries(entries: &[EnvEntry], has_port: bool, found: &mut Found) {
    for entry in entries {
        for text in entry.value.texts() {
            if text.contains("${") {
                found.extend(dollar_before(text).map(|fault| (fault, text.span_id)));
                continue;
            }
            let Some(part) = for_a_shell(text) else { continue };
            let key = &entry.key.value;
            let is_chain = matches!(entry.value, EnvValue::Or(_));
            let value = match part.name.as_deref() {
                Some("PORT") if has_port && key != "PORT" => {
                    Some(format!("{:?}", in_braces(text, &part)))
                }
                _ => value_for_shell(key, text),
            };
            let instead = match value {
                Some(value) if is_chain => format!("write `{value}` in its place"),
                Some(value) => format!("write `{key} = {value};`"),
                None => "write the text itself, or a Rust expression in parentheses".to_owned(),
            };
            found.push((Fault::ShellText { part: part.written, instead }, text.span_id));
        }
    }
}

/// How the value of a variable is written whose text only a shell would expand.
#[must_use]
pub fn value_for_shell(key: &str, text: &str) -> Option<String> {
    let part = for_a_shell(text)?;
    let name = part.name?;
    if text == part.written && part.written != "~" {
        return Some(match name == key {
            true => "inherit".to_owned(),
            false => format!("inherit {name:?}"),
        });
    }
    let filled_in = text.replacen(&part.written, &format!("{{inherit {name}}}"), 1);
    (!text.contains(['{', '}'])).then(|| format!("{filled_in:?}"))
}

/// What a shell would put something else in the place of.
pub(super) struct ShellPart {
    pub(super) written: String,
    /// The variable; `None` for a command.
    name: Option<String>,
}

/// The first part of a text that a shell would expand.
pub(super) fn for_a_shell(text: &str) -> Option<ShellPart> {
    let part = |written: &str, name: Option<&str>| ShellPart {
        written: written.to_owned(),
        name: name.map(str::to_owned),
    };
    if text == "~" || text.starts_with("~/") {
        return Some(part("~", Some("HOME")));
    }
    for (at, _) in text.match_indices('$') {
        let behind = text.get(at + 1..).unwrap_or_default();
        if behind.starts_with('(') {
            let end = behind.find(')').map_or(behind.len(), |end| end + 1);
            return Some(part(&format!("${}", behind.get(..end).unwrap_or_default()), None));
        }
        let (inside, braced) = match behind.strip_prefix('{') {
            Some(inside) => (inside, true),
            None => (behind, false),
        };
        if let Some(name) = variable(inside) {
            let close = if braced { "}" } else { "" };
            let open = if braced { "{" } else { "" };
            return Some(part(&format!("${open}{name}{close}"), Some(name)));
        }
    }
    if let Some(command) = in_backticks(text) {
        return Some(part(command, None));
    }
    for (at, _) in text.match_indices('%') {
        let behind = text.get(at + 1..).unwrap_or_default();
        if let Some(name) = variable(behind)
            && behind.get(name.len()..).is_some_and(|rest| rest.starts_with('%'))
        {
            return Some(part(&format!("%{name}%"), Some(name)));
        }
    }
    None
}

/// A command in backticks that is a whole text or what follows a `=`: within a sentence, they quote a word.
fn in_backticks(text: &str) -> Option<&str> {
    let inside = text.strip_suffix('`')?;
    let (before, command) = inside.split_once('`')?;
    let is_whole = before.is_empty() || before.ends_with('=');
    let at = before.len();
    let is_command = is_whole && !command.is_empty() && !command.contains('`');
    text.get(at..).filter(|_| is_command)
}

/// The name of a variable that a text begins with, in capitals as most are.
fn variable(text: &str) -> Option<&str> {
    let is_part =
        |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    let name = text.get(..end)?;
    let follows = text.get(end..).and_then(|rest| rest.chars().next());
    let ends = follows.is_none_or(|next| !next.is_alphanumeric());
    let starts = name.starts_with(|first: char| first.is_ascii_uppercase());
    (name.len() > 1 && starts && ends).then_some(name)
}
