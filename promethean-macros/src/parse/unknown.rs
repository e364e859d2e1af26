//! What stands in a block and is no attribute: words of other tools, slips, and what belongs elsewhere.

use proc_macro2::{Delimiter, Ident, Span, TokenTree};
use promethean_core::attribute::{Attribute, ExpressionType, Form, ITEMS, MEMBERS, STATEMENTS};
use promethean_core::check::unknown_attribute;
use promethean_core::declaration::{Attribution, Block, Given};
use promethean_core::other_tools::{self, Instead, Place, Written};
use promethean_core::problem::{Fault, OtherSyntax, Problem};
use promethean_core::reference::written_name;
use promethean_core::span_id::{SpanId, Spanned};
use promethean_core::suggest::nearest;
use promethean_core::value::Value;
use smol_str::{SmolStr, format_smolstr};

use super::blocks::Within;
use super::misread::BEFORE;
use super::probes::tried_by_another_tool;
use super::values::Slot;
use super::words::{Opener, hyphenated, string};
use super::{Failed, Parsed, keywords};
use crate::host;
use crate::stream::{Group, Stream, chunks, text_of};

impl Parsed {
    /// Reports a name that no attribute has, and reads what was meant where that is known.
    pub(super) fn unknown(
        &mut self,
        key: &Spanned<SmolStr>,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
        within: Within<'_>,
        start: Span,
    ) {
        let before = *stream;
        let (mut values, mut behind) = self.values_of_another_tool(key, stream);
        if let Some((found, last)) = self.no_attribute(key, word, within, stream) {
            self.foreign(found, word.span(), last);
            stream.skip_foreign(start);
            self.lose(&before, stream);
            return;
        }
        if let Some(texts) = texts_of_block(key, &mut behind) {
            let text = |text: SmolStr| Spanned::new(Value::Text(text), key.span_id);
            values = texts.into_iter().map(text).collect();
        }
        let plain: Vec<Value> = values.iter().map(|value| value.value.clone()).collect();
        let is_variable = key.len() > 1
            && key.chars().all(|letter| matches!(letter, 'A'..='Z' | '0'..='9' | '_'));
        if is_variable && !(stream.peek_group(Delimiter::Brace) || stream.peek_sign(';')) {
            self.variables_outside(key, stream, start, false);
            return;
        }
        let written = Written {
            word: key,
            kind: within.kind,
            values: &plain,
            name: (!within.opener.name.is_empty()).then_some(within.opener.name),
            directory: within.directory,
            script: None,
        };
        let fault = unknown_attribute(&written);
        let mut as_meant = None;
        match &fault {
            Fault::UnknownAttribute { meant: None, .. } => {
                let words = MEMBERS.iter().map(|(word, _)| *word);
                as_meant = nearest(key, words).map(str::to_owned);
                let item = nearest(key, ITEMS.iter().map(|(item, _)| *item));
                if let Some(item) = item.filter(|_| as_meant.is_none()) {
                    let help = "It belongs outside, beside the agents and services";
                    self.misplaced(word, &format!("did you mean `{item}`? {help}"));
                    stream.skip_foreign(start);
                    self.lose(&before, stream);
                    return;
                }
            }
            Fault::UnknownAttribute { meant: Some(meant), .. } => as_meant = Some(meant.clone()),
            Fault::OtherTool { .. } => {
                let row = other_tools::attribute(key);
                if let Some(Instead::Attribute(name, _)) = row.map(|row| row.instead)
                    && let Some(attribute) = Attribute::find(name)
                    && attribute.read(&plain).is_ok()
                    && block.setting(name).is_none()
                {
                    let key = Spanned::new(name.into(), key.span_id);
                    let given = Given::Values(values.clone());
                    block.settings.0.push(Attribution { key, given });
                }
            }
            _ => {}
        }
        let fault = match (fault, &as_meant) {
            (Fault::UnknownAttribute { key, meant: None }, meant) => {
                Fault::UnknownAttribute { key, meant: meant.clone() }
            }
            (fault, _) => fault,
        };
        self.report(fault, key.span_id);
        if let Some(meant) = as_meant {
            let statement = STATEMENTS.iter().any(|(known, _)| *known == meant);
            let problems = self.problems.len();
            if statement || Attribute::find(&meant).is_some_and(|found| found.form == Form::Object)
            {
                if self.attribute_as(&meant, word, stream, block, within, start).is_ok() {
                    return;
                }
                // What was meant is something else after all.
                self.problems.truncate(problems);
                *stream = before;
            } else if let Some(attribute) = Attribute::find(&meant)
                && attribute.read(&plain).is_ok()
                && block.setting(&meant).is_none()
            {
                let key = Spanned::new(meant.into(), key.span_id);
                block.settings.0.push(Attribution { key, given: Given::Values(values) });
            }
        }
        stream.skip_foreign(start);
        self.lose(&before, stream);
    }

    /// What a name is that is written as something else than an attribute, and where that ends.
    fn no_attribute(
        &self,
        key: &Spanned<SmolStr>,
        word: &Ident,
        within: Within<'_>,
        stream: &Stream<'_>,
    ) -> Option<(OtherSyntax, Span)> {
        let otherwise =
            |found: String, instead| Some((OtherSyntax::Otherwise { found, instead }, word.span()));
        if let Some(instead) = field_of_this(key, stream) {
            return otherwise(format!("{}.", key.value), instead);
        }
        // A service of its template, in an agent.
        let is_block_of_agent =
            within.opener.keyword == "agent" && stream.peek_group(Delimiter::Brace);
        if is_block_of_agent && self.has_template_with(key) {
            return otherwise(key.to_string(), format!("override {} {{ … }}", written_name(key)));
        }
        source_outside(key, stream).map(|found| (found, stream.span()))
    }

    /// Whether a template that has been read has a service of this name.
    fn has_template_with(&self, service: &str) -> bool {
        let templates = self.declaration.templates.iter();
        templates.flat_map(|template| &template.services).any(|known| known.name.value == service)
    }

    /// What follows the word of another tool, as far as it is values, and the stream behind it.
    fn values_of_another_tool<'c>(
        &mut self,
        key: &Spanned<SmolStr>,
        stream: &Stream<'c>,
    ) -> (Vec<Spanned<Value>>, Stream<'c>) {
        let mut behind = *stream;
        let _ = behind.sign(':').or_else(|| behind.sign('='));
        let slot = Slot { key, kind: ExpressionType::Text, many: true };
        let from = behind;
        let values = match behind.group(Delimiter::Bracket) {
            Some(mut list) => self.quietly(|parser| parser.values(&mut list.inside, slot)),
            None => self.quietly(|parser| parser.values(&mut behind, slot)),
        };
        let ends = behind.peek_sign(';') || behind.peek_sign(',') || !behind.continues_line();
        let values = values.filter(|_| ends || behind.peek_group(Delimiter::Brace));
        // `1m30s`, `5min 20s`, `on-failure:3`: no values here, and some of another tool.
        let written = text_of(&from.tokens_to(&from.end_of_line()));
        let written = written.trim_end_matches([',', ' ']);
        let text = |text: &str| Spanned::new(Value::Text(text.into()), key.span_id);
        let values = values.unwrap_or_else(|| match written {
            "" => Vec::new(),
            // A list of YAML.
            item if item.starts_with("- ") => {
                let (mut items, mut texts) = (from, Vec::new());
                while items.on_next_line() && items.sign('-').is_some() {
                    let end = items.end_of_line();
                    texts.push(text(text_of(&items.tokens_to(&end)).trim_matches('"')));
                    items = end;
                }
                texts
            }
            // `Environment="A=b" "C=d"`
            quoted if quoted.contains('"') => {
                let tokens = from.tokens_to(&from.end_of_line());
                let texts = chunks(&tokens).iter().map(|chunk| text_of(chunk)).collect::<Vec<_>>();
                texts.iter().map(|chunk| text(chunk.trim_matches('"'))).collect()
            }
            plain => vec![text(plain)],
        });
        (values, behind)
    }

    /// Reports an environment variable outside of `env`, once for those that follow each other.
    pub(super) fn variables_outside(
        &mut self,
        key: &Spanned<SmolStr>,
        stream: &mut Stream<'_>,
        start: Span,
        at_top: bool,
    ) {
        let mut value = *stream;
        let _ = value.sign(':').or_else(|| value.sign('='));
        let text = text_of(&value.tokens_to(&value.end_of_value()));
        let found = OtherSyntax::VariableOutside { key: key.to_string(), value: text, at_top };
        self.report(Fault::ForeignSyntax { found }, key.span_id);
        stream.skip_foreign(start);
        while stream.peek_word().is_some_and(|word| {
            word.len() > 1
                && word.chars().all(|letter| matches!(letter, 'A'..='Z' | '0'..='9' | '_'))
        }) {
            let mut behind = *stream;
            behind.word();
            if !(behind.peek_sign('=') || behind.peek_sign(':') || behind.peek_literal().is_some())
            {
                return;
            }
            let start = stream.start();
            stream.skip_foreign(start);
        }
    }

    /// Reports `..NAME`, which belongs into an `env` block, where a block has it among its attributes.
    pub(super) fn spread_outside_env(
        &mut self,
        stream: &Stream<'_>,
        opener: Opener<'_>,
    ) -> Option<Result<(), Failed>> {
        let mut behind = *stream;
        let first = stream.span();
        behind.sign('.')?;
        behind.sign('.')?;
        let (name, _, last) = hyphenated(&mut behind)?;
        let is_template =
            self.declaration.templates.iter().any(|template| template.name.value == name);
        let instead = match is_template && !opener.name.is_empty() {
            true => format!("{}: {name} {{ … }}", opener.shown()),
            false => format!("env {{ ..{name}; }}"),
        };
        let found = OtherSyntax::Otherwise { found: format!("..{name}"), instead };
        Some(Err(self.foreign(found, first, last)))
    }

    /// Reports `env` with something else than a block behind it: `env PORT = 80;`, `env production { … }`.
    pub(super) fn env_of_another_tool(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
    ) -> Option<Failed> {
        if let Some((key, entries, end)) = fields_of_env(stream) {
            let instead = format!("env {{ {} }}", entries.join(" "));
            let found = OtherSyntax::Otherwise { found: format!("env.{key}"), instead };
            let before = *stream;
            *stream = end;
            self.foreign(found, word.span(), key.span());
            self.lose(&before, stream);
            return Some(Failed::Within);
        }
        // `env ["A=b"]`, `env: ["A=b"]`, `env [A = "b", C = 3]`, and the list of YAML
        let mut behind = *stream;
        while behind.sign('=').or_else(|| behind.sign(':')).is_some() {}
        let first = behind.span();
        if let Some((entries, end)) = listed_entries(&behind) {
            let found = behind.found().trim_matches('`').to_owned();
            let instead = format!("env {{ {} }}", entries.join(" "));
            let before = *stream;
            *stream = end;
            self.lose(&before, stream);
            self.foreign(OtherSyntax::Otherwise { found, instead }, first, stream.last());
            return Some(Failed::Within);
        }
        // `env: production`
        let mut behind = *stream;
        while behind.sign('=').or_else(|| behind.sign(':')).is_some() {}
        if behind.peek_word().is_some() || behind.peek_literal().is_some() {
            *stream = behind;
        }
        let named = stream.peek_word().is_some() || stream.peek_literal().is_some();
        let mut behind = *stream;
        behind.any();
        if named && behind.peek_group(Delimiter::Brace) {
            let name = stream.peek_value().unwrap_or_default();
            let name = name.trim_matches('"');
            let environments = ["production", "development", "staging", "test", "dev", "prod"];
            let belongs = match environments.contains(&name) {
                true => {
                    format!("environments are profiles: write `profile {name} {{ env {{ … }} }}`")
                }
                false => "named sets are declared at the top; use them here with \
                          `env { ..name; }`"
                    .to_owned(),
            };
            return Some(self.misplaced(word, &belongs));
        }
        // `env PORT = 80;`, `env "PORT" "80";`, `env { … }` without its braces.
        if named && !behind.peek_sign(';') && stream.continues_line() {
            let line = stream.end_of_line();
            if let Some(entries) = quoted_entries(&stream.tokens_to(&line)) {
                let found = stream.peek_value().unwrap_or_default();
                let instead = format!("env {{ {} }}", entries.join(" "));
                let (first, before) = (stream.span(), *stream);
                *stream = line;
                let found = OtherSyntax::Otherwise { found, instead };
                self.foreign(found, first, stream.last());
                self.lose(&before, stream);
                return Some(Failed::Within);
            }
            let mut entry = *stream;
            let key = entry.any().map(|key| key.to_string()).unwrap_or_default();
            let _ = entry.sign('=').or_else(|| entry.sign(':')).or_else(|| entry.sign(','));
            let value = text_of(&entry.tokens_to(&line));
            let instead = format!("env {{ {} = {value}; }}", key.trim_matches('"'));
            let found = OtherSyntax::Otherwise { found: key, instead };
            let (first, before) = (stream.span(), *stream);
            *stream = line;
            self.foreign(found, first, stream.last());
            self.lose(&before, stream);
            return Some(Failed::Within);
        }
        if named && behind.peek_sign(';') {
            let name = stream.peek_value().unwrap_or_default();
            let entries = quoted_entries(&stream.tokens_to(&behind));
            let instead = match entries {
                Some(entries) => format!("env {{ {} }}", entries.join(" ")),
                None => format!("env {{ ..{}; }}", name.trim_matches('"')),
            };
            let found = OtherSyntax::Otherwise { found: name, instead };
            return Some(self.foreign(found, stream.span(), stream.span()));
        }
        None
    }

    /// Reports the script of npm behind its name: `runner npm run dev`.
    pub(super) fn script_behind_npm(&mut self, stream: &mut Stream<'_>) -> Option<Failed> {
        let line = stream.end_of_line();
        let rest = text_of(&stream.tokens_to(&line));
        if !stream.continues_line() || rest.is_empty() {
            return None;
        }
        let script = rest.trim_matches([',', ' ']);
        // `npm run dev`, `npm, run: "dev"`, and not `npm runserver`.
        let behind_run = script.strip_prefix("run");
        let script = behind_run.filter(|rest| rest.starts_with([':', '=', ' '])).unwrap_or(script);
        let script = script.trim_start_matches([':', '=', ' ']).trim_matches('"');
        let script = if script.contains(['"', ',']) { "start" } else { script };
        let instead = format!("runner npm; run {script:?};");
        // `runner: npm, run: "dev"` is one mistake.
        let is_sign = |problem: &Problem| matches!(problem.fault, Fault::SignAfterAttribute { .. });
        if self.problems.len() > self.before_statement && self.problems.last().is_some_and(is_sign)
        {
            self.problems.pop();
        }
        let (first, found) = (stream.span(), rest.trim_start_matches([',', ' ']).to_owned());
        *stream = line;
        let found = OtherSyntax::Otherwise { found, instead };
        Some(self.foreign(found, first, stream.last()))
    }

    /// Reports a runner of another tool: `runner pnpm`.
    pub(super) fn runner_of_another_tool(
        &mut self,
        word: &str,
        span_id: SpanId,
        stream: &Stream<'_>,
        within: Within<'_>,
    ) -> Result<(), Failed> {
        if let Some(row) = other_tools::find(word, |place| place == Place::Runner) {
            let script = script_behind(stream);
            let written = Written {
                word,
                script: script.as_deref(),
                kind: within.kind,
                name: (!within.opener.name.is_empty()).then_some(within.opener.name),
                directory: within.directory,
                ..Written::default()
            };
            let help = row.help(&written);
            let (tool, word) = (row.tools(word), word.to_owned());
            self.report(Fault::OtherTool { what: "runner", word, tool, help }, span_id);
            return Err(Failed::Within);
        }
        Ok(())
    }
}

/// `env.A = 1; env.B = 2;`: the first of these variables, all of them as entries of `env`, and where they end.
/// The stream is behind the first `env`.
fn fields_of_env<'c>(stream: &Stream<'c>) -> Option<(Ident, Vec<String>, Stream<'c>)> {
    let (mut behind, mut first, mut entries, mut end) = (*stream, None, Vec::new(), *stream);
    while behind.sign('.').is_some()
        && let Some(key) = behind.word()
        && behind.sign('=').or_else(|| behind.sign(':')).is_some()
    {
        end = behind.end_of_line();
        entries.push(format!("{key} = {};", text_of(&behind.tokens_to(&end))));
        first.get_or_insert(key);
        behind = end;
        if behind.sign(';').is_none() || behind.the_word("env").is_none() {
            break;
        }
    }
    Some((first?, entries, end))
}

/// `this.port = 3000;`: the attribute as it is written here.
fn field_of_this(word: &str, stream: &Stream<'_>) -> Option<String> {
    if !matches!(word, "this" | "self" | "config" | "it") {
        return None;
    }
    let mut field = *stream;
    field.sign('.')?;
    let name = field.word()?.to_string();
    let _ = field.sign('=').or_else(|| field.sign(':'));
    let line = field.end_of_line();
    let end = if line.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
    let value = text_of(&field.tokens_to(&line));
    let space = if value.is_empty() { "" } else { " " };
    keywords::begins_something(&name).then(|| format!("{name}{space}{value}{end}"))
}

/// What a block after a word of another tool says, where its texts are values here.
fn texts_of_block(key: &str, stream: &mut Stream<'_>) -> Option<Vec<SmolStr>> {
    // `env_production { … }` has the variables of an environment.
    let word = if key.starts_with("env_") { "environment" } else { key };
    match other_tools::attribute(word)?.instead {
        Instead::Attribute("env", _) => entries_of_another_tool(stream.group(Delimiter::Brace)?),
        Instead::Attribute("ready", _) => {
            Some(tried_by_another_tool(stream.group(Delimiter::Brace)?))
        }
        Instead::Attribute(..) | Instead::Program | Instead::Say(_) => None,
    }
}

/// `{ LEVEL: "debug", PORT: 80 }`, as `LEVEL=debug` and `PORT=80`.
fn entries_of_another_tool(group: Group<'_>) -> Option<Vec<SmolStr>> {
    let (mut stream, mut entries) = (group.inside, Vec::new());
    while !stream.at_end() {
        let mut key = stream.peek_value()?;
        stream.any();
        // `export LEVEL=debug`
        if BEFORE.contains(&key.as_str())
            && let Some(word) = stream.word()
        {
            key = word.to_string();
        }
        let _ = stream.sign(':').or_else(|| stream.sign('='));
        let end = stream.end_of_value();
        let value = text_of(&stream.tokens_to(&end));
        entries.push(format_smolstr!("{}={}", key.trim_matches('"'), value.trim_matches('"')));
        stream = end;
        let _ = stream.sign(',').or_else(|| stream.sign(';'));
    }
    Some(entries).filter(|entries| !entries.is_empty())
}

/// `secret TOKEN;` outside of `env`.
fn source_outside(key: &str, stream: &Stream<'_>) -> Option<OtherSyntax> {
    let name = stream.peek_value().filter(|_| matches!(key, "secret" | "inherit"))?;
    let instead = format!("env {{ {} = {key}; }}", name.trim_matches('"'));
    Some(OtherSyntax::Otherwise { found: format!("{key} {name}"), instead })
}

/// `"A=b", "C=3"`: variables as Docker has them, each in its quotes; `None` where one is none.
fn quoted_entries(tokens: &[TokenTree]) -> Option<Vec<String>> {
    let entries: Option<Vec<String>> = chunks(tokens)
        .iter()
        .map(|chunk| {
            let [TokenTree::Literal(literal)] = chunk.as_slice() else { return None };
            let text = literal.to_string();
            let text = text.strip_prefix('"')?.strip_suffix('"')?;
            let (key, _) = text.split_once('=')?;
            let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
            let is_name = !key.is_empty() && key.chars().all(is_part);
            other_tools::entry(text).filter(|_| is_name)
        })
        .collect();
    entries.filter(|entries| !entries.is_empty())
}

/// The entries of `env` that are in brackets, or each on a line behind a `-`, and the stream behind them.
fn listed_entries<'c>(stream: &Stream<'c>) -> Option<(Vec<String>, Stream<'c>)> {
    let mut behind = *stream;
    let list = behind.group(Delimiter::Bracket).or_else(|| behind.group(Delimiter::Parenthesis));
    let mut entries = Vec::new();
    if let Some(list) = list {
        let tokens = list.inside.tokens_to(&list.inside.end());
        if let Some(entries) = quoted_entries(&tokens) {
            return Some((entries, behind));
        }
        let mut inside = list.inside;
        while !inside.at_end() {
            let end = inside.end_of_value();
            entries.push(listed_entry(&inside, &end)?);
            inside = end;
            while inside.sign(',').is_some() || inside.sign(';').is_some() {}
        }
    } else {
        while behind.on_next_line() && !host::is_editor() && behind.sign('-').is_some() {
            let end = behind.end_of_line();
            entries.push(listed_entry(&behind, &end)?);
            behind = end;
        }
    }
    (!entries.is_empty()).then_some((entries, behind))
}

/// `A = "b"`, `A: b` and `"A=b"` as an entry of `env`.
fn listed_entry(from: &Stream<'_>, to: &Stream<'_>) -> Option<String> {
    let tokens = from.tokens_to(to);
    if let Some(entries) = quoted_entries(&tokens) {
        return entries.into_iter().next();
    }
    let text = text_of(&tokens);
    let (key, value) = text.split_once(['=', ':'])?;
    let is_key = |letter: char| letter.is_alphanumeric() || letter == '_';
    let value = value.trim().trim_matches('"');
    let key = key.trim().trim_matches('"');
    (!key.is_empty() && key.chars().all(is_key))
        .then(|| other_tools::entry(&format!("{key}={value}")))
        .flatten()
}

/// What `run` has among the statements that follow: `"dev"`.
fn script_behind(stream: &Stream<'_>) -> Option<String> {
    let mut behind = *stream;
    while !behind.at_end() {
        if behind.the_word("run").is_some() {
            let script = string(&mut behind)?;
            return Some(script.0.to_string());
        }
        behind.any();
    }
    None
}
