//! Blocks: attributes and the statements beside them.

use proc_macro2::{Delimiter, Ident, Span, TokenTree};
use promethean_core::attribute::{
    Attribute, ExpressionType, Form, ITEMS, MEMBERS, STATEMENTS, one_of,
};
use promethean_core::check::unknown_attribute;
use promethean_core::declaration::{
    Allow, Attribution, Block, Given, Kind, Probe, ProbeKind, Profile, Purpose,
};
use promethean_core::kind::{ProbeHead, Runner};
use promethean_core::other_tools::{self, Instead, Place, Written};
use promethean_core::problem::{Fault, MisplacedBrace, OtherSyntax, Problem};
use promethean_core::span_id::{SpanId, Spanned};
use promethean_core::suggest::nearest;
use promethean_core::value::Value;
use syn::ext::IdentExt as _;

use smol_str::{SmolStr, format_smolstr};

use super::misread::BEFORE;
use super::values::{Slot, begins_probe_setting, is_value, probe_settings};
use super::words::{Opener, hyphenated, string};
use super::{Failed, KeywordPlace, Parsed, Statement, keywords};
use crate::host;
use crate::stream::{Group, Stream, chunks, text_of};

/// What a block is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within<'a> {
    pub(super) opener: Opener<'a>,
    /// The kind of its service, where it is of one.
    pub(super) kind: Option<Kind>,
    pub(super) in_profile: bool,
    /// The directory of its service.
    pub(super) directory: Option<&'a str>,
}

impl Parsed {
    /// `attribute*`, up to the end of the block.
    pub(super) fn attributes(
        &mut self,
        mut stream: Stream<'_>,
        block: &mut Block,
        within: Within<'_>,
    ) {
        let (mut reported, mut in_other_block) = (false, false);
        while let Some(Statement { doc, start, before }) =
            self.next_statement(&mut stream, Some(within.opener), &mut reported)
        {
            let parsed = match stream.word() {
                Some(word)
                    if keywords::begins_item(&word.unraw().to_string())
                        && !is_attribute_too(&word, &stream) =>
                {
                    self.stray(&word, &mut stream, doc, within.opener, &mut in_other_block)
                }
                Some(word) => {
                    self.keyword(&word, KeywordPlace::Block);
                    self.attribute(&word, &mut stream, block, within, start)
                }
                None => self
                    .spread_outside_env(&stream, within.opener)
                    .unwrap_or_else(|| self.no_statement(&mut stream, "an attribute")),
            };
            if let Err(failed) = parsed {
                self.recover(&failed, &mut stream, start);
            }
            reported = self.problems.len() > before;
        }
    }

    /// Reports `..NAME`, which belongs into an `env` block, where a block has it among its attributes.
    fn spread_outside_env(
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

    /// Reports what begins no statement.
    pub(super) fn no_statement(
        &mut self,
        stream: &mut Stream<'_>,
        expected: &str,
    ) -> Result<(), Failed> {
        if self.sign_before_word(stream) {
            return Ok(());
        }
        let mut behind = *stream;
        if let Some(group) = behind.group(Delimiter::Brace) {
            let brace = MisplacedBrace::Doubled;
            self.report_at(Fault::BraceMisplaced { brace }, group.open, group.open);
            return Err(Failed::Within);
        }
        // `"watch": "."`, as in JSON.
        if let Some((key, span)) = string(&mut behind)
            && (behind.peek_sign(':') || behind.peek_sign('='))
        {
            let mut value = behind;
            value.any();
            let end = value.end_of_value();
            let text = match value.peek_group(Delimiter::Brace) {
                true => "{ … }".to_owned(),
                false => format!("{};", text_of(&value.tokens_to(&end))),
            };
            let instead = format!("{key} {text}");
            let found = OtherSyntax::Otherwise { found: format!("{key:?}"), instead };
            return Err(self.foreign(found, span, span));
        }
        Err(self.unexpected(stream, expected))
    }

    /// `@agent`, `$port`: reports the sign, which stands before a word of the language.
    pub(super) fn sign_before_word(&mut self, stream: &mut Stream<'_>) -> bool {
        let mut behind = *stream;
        let signs = ['@', '$', '&', '*', '!', '%', '~', '.', '+'];
        let sign = signs.into_iter().find(|sign| behind.sign(*sign).is_some());
        let is_word = behind.peek_word().is_some_and(|word| keywords::begins_something(&word));
        let Some(sign) = sign.filter(|_| is_word && behind.continues_line()) else { return false };
        let span = stream.span();
        self.foreign(OtherSyntax::Superfluous { sign }, span, span);
        *stream = behind;
        true
    }

    /// An item within a block: the block is still open, or the item is where none can be. It is what
    /// it is all the same.
    pub(super) fn stray(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        opener: Opener<'_>,
        reported: &mut bool,
    ) -> Result<(), Failed> {
        let written = word.unraw().to_string();
        let start = word.span();
        let kind = Kind::from_word(&written);
        let outside = start.start().line > opener.start.start().line
            && start.start().column <= opener.start.start().column
            && !host::is_editor();
        if !*reported {
            let fault = if outside {
                let opener = opener.shown();
                Fault::BraceMisplaced { brace: MisplacedBrace::StillOpen { word: written, opener } }
            } else {
                let belongs = match kind {
                    Some(_) => {
                        "services are allowed in an `agent`, in a `template` or at the top, not in each \
                         other"
                    }
                    None => "it belongs outside, beside the agents and services",
                };
                Fault::Misplaced { word: written, belongs: belongs.to_owned() }
            };
            self.report_at(fault, word.span(), word.span());
        }
        *reported |= outside;
        match (kind, word.unraw().to_string().as_str()) {
            (Some(kind), _) => {
                let service = self.service(kind, word, stream, doc)?;
                self.strays.push(service);
                Ok(())
            }
            (None, "agent" | "template") if !stream.peek_block() => Err(Failed::Within),
            (None, "agent" | "template" | "external" | "include" | "use" | "env") => {
                self.item(word, stream, doc, start)
            }
            (None, _) => Err(Failed::Within),
        }
    }

    /// `attribute`, behind its first word.
    pub(super) fn attribute(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
        within: Within<'_>,
        start: Span,
    ) -> Result<(), Failed> {
        let written = word.unraw().to_string();
        self.attribute_as(&written, word, stream, block, within, start)
    }

    /// `attribute`, whose first word means `keyword`.
    fn attribute_as(
        &mut self,
        keyword: &str,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
        within: Within<'_>,
        start: Span,
    ) -> Result<(), Failed> {
        match keyword {
            "env" => self.env_block(word, stream, block, start),
            "depends_on" => {
                self.no_sign("depends_on", stream);
                if self.lines_of_yaml(stream, start) {
                    return Ok(());
                }
                let is_map = stream.peek_group(Delimiter::Brace);
                let mut dependencies = self.dependencies(stream)?;
                block.depends_on.append(&mut dependencies);
                // `redis { condition ready; }`, which is reported.
                if is_map || stream.ended_with_block() {
                    return Ok(());
                }
                self.end(stream, "`,` or `;`")
            }
            "listen" => {
                block.listen.push(self.listen(stream)?);
                Ok(())
            }
            "ready" => {
                self.once(word, block.ready.is_some());
                block.ready = Some(self.probe(Purpose::Ready, stream)?);
                Ok(())
            }
            "alive" => {
                self.once(word, block.alive.is_some());
                block.alive = Some(self.probe(Purpose::Alive, stream)?);
                Ok(())
            }
            "profile" => self.profile(word, stream, block, within, start),
            "unset" => {
                self.no_sign("unset", stream);
                // `unset env.A;`
                let (first, mut behind) = (stream.span(), *stream);
                if behind.the_word("env").is_some()
                    && behind.sign('.').is_some()
                    && let Some(name) = behind.word()
                {
                    *stream = behind;
                    let instead = format!("env {{ unset {name}; }}");
                    let found = OtherSyntax::Otherwise { found: format!("env.{name}"), instead };
                    self.foreign(found, first, stream.last());
                    return self.end(stream, "`;`");
                }
                let key = self.name(stream, "the name of an attribute")?;
                block.unset.push(key);
                while let Some(key) = self.listed("unset", stream) {
                    block.unset.push(key);
                }
                self.end(stream, "`;`")
            }
            "allow" => {
                self.no_sign("allow", stream);
                let rule = self.name(stream, "the name of a rule")?;
                let reason =
                    self.string(stream, &format!("allow {}", rule.value), "the reason, in quotes")?;
                block.allow.push(Allow { rule, reason });
                self.end(stream, "`;`")
            }
            "without" | "override" => Err(self.misplaced(word, "it belongs into an `agent`")),
            "hint" => Err(self.misplaced(word, "it belongs into an `external`")),
            "has" => Err(self.misplaced(word, "it belongs into a `machine`; a unit has `on`")),
            _ => self.setting(keyword, word, stream, block, within, start),
        }
    }

    /// Skips the lines of YAML behind a `:`, which has been reported: `- "src"`.
    fn lines_of_yaml(&mut self, stream: &mut Stream<'_>, start: Span) -> bool {
        if !(self.has_signs() && stream.on_next_line() && stream.peek_sign('-')) {
            return false;
        }
        let before = *stream;
        stream.skip_foreign(start);
        self.lose(&before, stream);
        true
    }

    /// A further name after a `,` where a statement takes one, which is reported.
    pub(super) fn listed(
        &mut self,
        keyword: &str,
        stream: &mut Stream<'_>,
    ) -> Option<Spanned<SmolStr>> {
        let mut behind = *stream;
        let comma = behind.sign(',')?;
        if keywords::begins_statement(&behind) && !is_value(&behind) {
            return None;
        }
        let first = stream.last();
        let name = self.quietly(|parser| parser.name(&mut behind, "a name"))?;
        let text = |span: Span| span.source_text().unwrap_or_else(|| "NAME".to_owned());
        let instead = format!("{keyword} {}; {keyword} {};", text(first), name.value);
        self.foreign(OtherSyntax::List { instead }, comma.span(), comma.span());
        *stream = behind;
        Some(name)
    }

    /// `"env" "{" entry* "}"`
    fn env_block(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
        start: Span,
    ) -> Result<(), Failed> {
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
            return Err(self.misplaced(word, &belongs));
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
                return Err(Failed::Within);
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
            return Err(Failed::Within);
        }
        if named && behind.peek_sign(';') {
            let name = stream.peek_value().unwrap_or_default();
            let entries = quoted_entries(&stream.tokens_to(&behind));
            let instead = match entries {
                Some(entries) => format!("env {{ {} }}", entries.join(" ")),
                None => format!("env {{ ..{}; }}", name.trim_matches('"')),
            };
            let found = OtherSyntax::Otherwise { found: name, instead };
            return Err(self.foreign(found, stream.span(), stream.span()));
        }
        let span_id = self.source.add(word.span(), word.span());
        let opener = Opener { keyword: "env", name: "", start, without_block: false };
        let group = self.braces(stream, opener)?;
        if !block.spreads.is_empty() || !block.env.is_empty() {
            self.report(Fault::Repeated { what: "`env`".into() }, span_id);
        }
        // The entries of `env: { A: 1 }` belong to the mistake before them.
        let in_javascript = self.in_javascript;
        self.in_javascript |= self.has_signs();
        let mut entries = self.entries(group.inside);
        self.in_javascript = in_javascript;
        block.spreads.append(&mut entries.spreads);
        block.env.append(&mut entries.env);
        Ok(())
    }

    /// `"profile" NAME "{" attribute* "}"`
    fn profile(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
        within: Within<'_>,
        start: Span,
    ) -> Result<(), Failed> {
        if within.in_profile {
            return Err(self.misplaced(word, "only one profile is active at a time"));
        }
        let name = self.declared_name(stream, "profile", "the name of a profile")?;
        // `profile dev, prod { … }`
        let (mut behind, mut names) = (*stream, vec![name.to_string()]);
        while behind.sign(',').or_else(|| behind.sign('|')).is_some() {
            let Some((other, ..)) = hyphenated(&mut behind) else { break };
            names.push(other.to_string());
        }
        if names.len() > 1 && behind.peek_group(Delimiter::Brace) {
            let found = stream.found().trim_matches('`').to_owned();
            let blocks: Vec<String> =
                names.iter().map(|name| format!("profile {name} {{ … }}")).collect();
            let found = OtherSyntax::Otherwise { found, instead: blocks.join(" ") };
            self.foreign(found, stream.span(), stream.span());
            *stream = behind;
        }
        if stream.peek_sign(';') || stream.peek_sign(',') {
            let instead = format!("only_profile {};", name.value);
            let found = OtherSyntax::Otherwise { found: "profile".into(), instead };
            return Err(self.foreign(found, word.span(), word.span()));
        }
        let opener = Opener { keyword: "profile", name: &name, start, without_block: false };
        let group = self.braces(stream, opener)?;
        let mut profile = Profile { name: name.clone(), block: Block::default() };
        let within = Within { opener, in_profile: true, ..within };
        self.attributes(group.inside, &mut profile.block, within);
        block.profiles.push(profile);
        Ok(())
    }

    /// `KEY value ("," value)* ";" | KEY "{" (KEY value ("," value)* ";")* "}"`
    fn setting(
        &mut self,
        keyword: &str,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
        within: Within<'_>,
        start: Span,
    ) -> Result<(), Failed> {
        let written = word.unraw().to_string();
        let key = match keyword == written {
            true => self.attribute_key(word, stream),
            false => Spanned::new(keyword.into(), self.source.add(word.span(), word.span())),
        };
        let Some(attribute) = Attribute::find(&key) else {
            self.unknown(&key, word, stream, block, within, start);
            return Ok(());
        };
        self.no_sign(&key, stream);
        if self.lines_of_yaml(stream, start) {
            return Ok(());
        }
        if let Some(group) = stream.group(Delimiter::Brace) {
            let entries = match attribute.form {
                Form::Object => self.object(group),
                // That there is a block is the mistake, whatever is in it.
                Form::One | Form::Many | Form::Each | Form::Runner => Vec::new(),
            };
            block.settings.0.push(Attribution { key, given: Given::Object(entries) });
            return Ok(());
        }
        let slot = Slot {
            key: &key,
            kind: attribute.expression_type(),
            many: matches!(attribute.form, Form::Many | Form::Each),
        };
        let mut values = Vec::new();
        let next_statement = keywords::begins_statement(stream) && stream.on_next_line();
        if !stream.peek_sign(';') && !stream.at_end() && !next_statement {
            values = match attribute.form {
                // What follows it is more than a value.
                Form::Runner if stream.peek_word().is_some() => vec![self.value(stream, slot)?],
                _ => self.values(stream, slot)?,
            };
        }
        if attribute.name == "only_profile" {
            self.profiles_apart(&values);
        }
        if attribute.form == Form::Runner {
            self.runner(stream, &mut values, within)?;
        }
        // A name alone at the end of a block lacks its value, not its `;`.
        let unfinished = values.is_empty() && (stream.at_end() || next_statement);
        block.settings.0.push(Attribution { key, given: Given::Values(values) });
        match unfinished {
            true => Ok(()),
            false => self.end(stream, "`,` or `;`"),
        }
    }

    /// `only_profile "dev,prod";`
    fn profiles_apart(&mut self, values: &[Spanned<Value>]) {
        let is_joined = |value: &&Spanned<Value>| matches!(&value.value, Value::Text(text) if text.contains(','));
        let Some(joined) = values.iter().find(is_joined) else { return };
        let names = values.iter().filter_map(|value| value.value.as_name());
        let names = names.flat_map(|names| names.split(',')).map(str::trim);
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        let instead = format!("only_profile {};", names.join(", "));
        let found = joined.value.to_string();
        let found = OtherSyntax::Otherwise { found, instead };
        self.report(Fault::ForeignSyntax { found }, joined.span_id);
    }

    /// What follows the word of a runner: the directory of `runner venv`.
    fn runner(
        &mut self,
        stream: &mut Stream<'_>,
        values: &mut Vec<Spanned<Value>>,
        within: Within<'_>,
    ) -> Result<(), Failed> {
        let [Spanned { value: Value::Word(word), span_id }] = values.as_slice() else {
            return Ok(());
        };
        let (word, span_id) = (word.clone(), *span_id);
        if word == Runner::Venv.word() {
            if let Some((directory, span)) = string(stream) {
                values.push(Spanned::new(Value::Text(directory), self.source.add(span, span)));
            } else if stream.continues_line() && !stream.peek_sign(';') && !stream.peek_sign(',') {
                let directory = self.string(stream, "runner venv", "a directory in quotes")?;
                values.push(Spanned::new(Value::Text(directory.value), directory.span_id));
            }
            return Ok(());
        }
        let line = stream.end_of_line();
        let rest = text_of(&stream.tokens_to(&line));
        if word == Runner::Npm.word() && stream.continues_line() && !rest.is_empty() {
            let script = rest.trim_matches([',', ' ']);
            // `npm run dev`, `npm, run: "dev"`, and not `npm runserver`.
            let behind_run = script.strip_prefix("run");
            let script =
                behind_run.filter(|rest| rest.starts_with([':', '=', ' '])).unwrap_or(script);
            let script = script.trim_start_matches([':', '=', ' ']).trim_matches('"');
            let script = if script.contains(['"', ',']) { "start" } else { script };
            let instead = format!("runner npm; run {script:?};");
            // `runner: npm, run: "dev"` is one mistake.
            let is_sign =
                |problem: &Problem| matches!(problem.fault, Fault::SignAfterAttribute { .. });
            if self.problems.len() > self.before_statement
                && self.problems.last().is_some_and(is_sign)
            {
                self.problems.pop();
            }
            let (first, found) = (stream.span(), rest.trim_start_matches([',', ' ']).to_owned());
            *stream = line;
            let found = OtherSyntax::Otherwise { found, instead };
            return Err(self.foreign(found, first, stream.last()));
        }
        let known = Runner::from_word(&word).is_some();
        if let Some(row) = other_tools::find(&word, |place| place == Place::Runner)
            && !known
        {
            let written = Written {
                word: &word,
                kind: within.kind,
                name: (!within.opener.name.is_empty()).then_some(within.opener.name),
                directory: within.directory,
                ..Written::default()
            };
            let mut help = row.help(&written);
            if within.directory.is_none() {
                help = help.replace(" \"directory\" {", " {");
            }
            if let Some(script) = script_behind(stream) {
                help = help.replace("\"start\"", &script);
            }
            let (tool, word) = (row.tools(&word), word.to_string());
            self.report(Fault::OtherTool { what: "runner", word, tool, help }, span_id);
            return Err(Failed::Within);
        }
        Ok(())
    }

    /// Reports a name that no attribute has, and reads what was meant where that is known.
    fn unknown(
        &mut self,
        key: &Spanned<SmolStr>,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
        within: Within<'_>,
        start: Span,
    ) {
        let before = *stream;
        // What follows, as far as it is values.
        let mut behind = *stream;
        let _ = behind.sign(':').or_else(|| behind.sign('='));
        let slot = Slot { key, kind: ExpressionType::Text, many: true };
        let values = match behind.group(Delimiter::Bracket) {
            Some(mut list) => self.quietly(|parser| parser.values(&mut list.inside, slot)),
            None => self.quietly(|parser| parser.values(&mut behind, slot)),
        };
        let mut values = values.unwrap_or_default();
        if let Some(instead) = field_of_this(key, stream) {
            let found = OtherSyntax::Otherwise { found: format!("{}.", key.value), instead };
            self.foreign(found, word.span(), word.span());
            stream.skip_foreign(start);
            self.lose(&before, stream);
            return;
        }
        if let Some(found) = source_outside(key, stream) {
            self.foreign(found, word.span(), stream.span());
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

    /// An attribute's name; with `-` in it, it is none, but what was meant can be said.
    fn attribute_key(&mut self, word: &Ident, stream: &mut Stream<'_>) -> Spanned<SmolStr> {
        let mut name = word.unraw().to_string();
        while stream.peek_sign('-') {
            let mut behind = *stream;
            behind.sign('-');
            // `args --port` is a name and a value.
            if stream.is_spaced() {
                break;
            }
            let Some(part) = behind.word() else { break };
            name.push('-');
            name.push_str(&part.unraw().to_string());
            *stream = behind;
        }
        let last = if name.contains('-') { stream.last() } else { word.span() };
        Spanned::new(name.into(), self.source.add(word.span(), last))
    }

    /// `(KEY value ("," value)* ";")*`
    fn object(&mut self, group: Group<'_>) -> Vec<(Spanned<SmolStr>, Vec<Spanned<Value>>)> {
        let mut stream = group.inside;
        let mut entries = Vec::new();
        let mut reported = false;
        loop {
            self.docs(&mut stream);
            if stream.at_end() {
                return entries;
            }
            let (start, before) = (stream.start(), self.problems.len());
            if self.superfluous(&mut stream, reported) {
                continue;
            }
            self.before_statement = self.problems.len();
            match self.object_entry(&mut stream) {
                Ok(entry) => entries.push(entry),
                Err(failed) => self.recover(&failed, &mut stream, start),
            }
            // An object of JavaScript is one mistake, however many keys it has.
            if reported {
                let first = before.min(self.problems.len());
                let of_signs = |fault: &Fault| {
                    matches!(
                        fault,
                        Fault::SignAfterAttribute { .. }
                            | Fault::CommaForSemicolon
                            | Fault::ForeignSyntax { .. }
                    )
                };
                let rest = self.problems.split_off(first);
                self.problems.extend(rest.into_iter().filter(|problem| !of_signs(&problem.fault)));
            }
            reported |= self.problems.len() > before;
        }
    }

    fn object_entry(
        &mut self,
        stream: &mut Stream<'_>,
    ) -> Result<(Spanned<SmolStr>, Vec<Spanned<Value>>), Failed> {
        let Some(word) = stream.word() else {
            let reported = self.no_statement(stream, "a key");
            return Err(reported.err().unwrap_or(Failed::Within));
        };
        let key = self.attribute_key(&word, stream);
        self.no_sign(&key, stream);
        let slot = Slot { key: &key, kind: ExpressionType::Text, many: true };
        let values = self.values(stream, slot)?;
        self.end(stream, "`,` or `;`")?;
        Ok((key, values))
    }

    /// `ready := "ready" KIND value ("," value)* (";" | "{" … "}")`, behind its first word; `alive` is
    /// the same.
    pub(super) fn probe(
        &mut self,
        purpose: Purpose,
        stream: &mut Stream<'_>,
    ) -> Result<Probe, Failed> {
        self.no_sign(purpose.word(), stream);
        if let Some(found) = self.probe_without_kind(purpose, stream) {
            return Err(found);
        }
        let Some((word, first, last)) = hyphenated(stream) else {
            return Err(self.unexpected(stream, &one_of(kinds_of(purpose))));
        };
        let span_id = self.source.add(first, last);
        let Some(kind) = ProbeKind::from_word(&word) else {
            let what = "probe".to_owned();
            let fault = match other_tools::find(&word, |place| place == Place::Probe) {
                Some(row) => {
                    let key = purpose.word();
                    let slot = Slot { key, kind: ExpressionType::Text, many: true };
                    let mut behind = *stream;
                    let values = self.quietly(|parser| parser.values(&mut behind, slot));
                    let values: Vec<Value> =
                        values.unwrap_or_default().into_iter().map(|value| value.value).collect();
                    let written = Written { word: &word, values: &values, ..Written::default() };
                    let help = row.help(&written).replace("`ready ", &format!("`{key} "));
                    let tool = row.tools(&word);
                    Fault::OtherTool { what: "probe", word: word.into(), tool, help }
                }
                None => Fault::UnknownChoice {
                    what,
                    found: word.to_string(),
                    choices: kinds_of(purpose),
                },
            };
            self.report(fault, span_id);
            return Err(Failed::Within);
        };
        let key = ProbeHead { purpose, kind }.to_string();
        self.no_sign(&key, stream);
        if kind == ProbeKind::Tcp
            && let Some(port) = stream.peek_literal().map(|literal| literal.to_string())
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && {
                let mut behind = *stream;
                behind.any();
                !behind.adjoins() || behind.peek_sign(';')
            }
        {
            let instead = format!("{key} \"127.0.0.1:{port}\";");
            let found = OtherSyntax::Otherwise { found: port, instead };
            return Err(self.foreign(found, stream.span(), stream.span()));
        }
        let endpoint = match kind {
            ProbeKind::Tcp | ProbeKind::Http => self.own_endpoint(kind, stream),
            ProbeKind::Log | ProbeKind::Exec => None,
        };
        if kind == ProbeKind::Http
            && let Some(failed) = self.path_without_quotes(&key, endpoint.as_ref(), stream)
        {
            return Err(failed);
        }
        let slot = Slot { key: &key, kind: ExpressionType::Text, many: kind == ProbeKind::Exec };
        let ends = stream.peek_sign(';') || stream.peek_group(Delimiter::Brace);
        let values = match ends || stream.at_end() && endpoint.is_some() {
            true => Vec::new(),
            false => self.values(stream, slot)?,
        };
        let kind = Spanned::new(kind, span_id);
        let mut probe = Probe {
            kind,
            endpoint,
            values,
            timeout: None,
            interval: None,
            status: None,
            failures: None,
        };
        if self.setting_without_block(purpose, stream) {
            return Ok(probe);
        }
        match stream.group(Delimiter::Brace) {
            Some(group) => self.probe_settings(group, purpose, &mut probe),
            None => self.end(stream, "`,`, `;` or a block")?,
        }
        Ok(probe)
    }

    /// Reports a setting of a probe that stands behind its values, without a block. Returns whether one does.
    fn setting_without_block(&mut self, purpose: Purpose, stream: &mut Stream<'_>) -> bool {
        let mut times = *stream;
        let _ = times.sign(',');
        let Some(setting) = times.peek_word() else { return false };
        if !begins_probe_setting(&times) || !times.continues_line() {
            return false;
        }
        let written = text_of(&times.tokens_to(&times.end_of_line()));
        let setting = match setting.as_str() {
            word if probe_settings(purpose).contains(&word) => written.clone(),
            "retries" if purpose == Purpose::Alive => "failures 3".to_owned(),
            "every" | "period" => "interval 1s".to_owned(),
            _ => "timeout 30s".to_owned(),
        };
        let instead = format!("{{ {setting}; }}");
        let found = OtherSyntax::Otherwise { found: written, instead };
        let first = times.span();
        *stream = times.end_of_line();
        self.foreign(found, first, stream.last());
        stream.sign(';');
        true
    }

    /// Reports `ready http health;`: a path in quotes is meant.
    fn path_without_quotes(
        &mut self,
        key: &str,
        endpoint: Option<&Spanned<SmolStr>>,
        stream: &Stream<'_>,
    ) -> Option<Failed> {
        let path = endpoint.filter(|_| stream.peek_literal().is_none())?;
        let (found, instead) = (path.to_string(), format!("{key} \"/{}\";", path.value));
        let place = self.source.place(path.span_id);
        let found = OtherSyntax::Otherwise { found, instead };
        Some(self.foreign(found, place.first, place.last))
    }

    /// Reports a probe that does not say what it tries: `ready "http://…";`, `ready 8000;`,
    /// `ready { … }`.
    fn probe_without_kind(&mut self, purpose: Purpose, stream: &mut Stream<'_>) -> Option<Failed> {
        let (first, mut behind, head) = (stream.span(), *stream, purpose.word());
        let instead = if let Some((text, _)) = string(&mut behind) {
            let kind = match text.as_str() {
                text if text.contains("://") => "http",
                text if text
                    .rsplit_once(':')
                    .is_some_and(|(_, port)| port.parse::<u16>().is_ok()) =>
                {
                    "tcp"
                }
                // `alive "/health";`
                text if text.starts_with('/') && purpose == Purpose::Alive => "http",
                text if text.starts_with("./") || text.starts_with('/') => "exec",
                _ if purpose == Purpose::Alive => "exec",
                _ => "log",
            };
            format!("{head} {kind} {text:?};")
        } else if let Some(port) = behind.literal() {
            format!("{head} tcp \"127.0.0.1:{port}\";")
        } else if let Some(mut group) = behind.group(Delimiter::Brace) {
            let kind = group.inside.word()?.to_string();
            ProbeKind::from_word(&kind)?;
            let _ = group.inside.sign(':').or_else(|| group.inside.sign('='));
            let value = text_of(&group.inside.tokens_to(&group.inside.end_of_value()));
            format!("{head} {kind} {value};")
        } else {
            return None;
        };
        let found =
            OtherSyntax::Otherwise { found: stream.found().trim_matches('`').to_owned(), instead };
        Some(self.foreign(found, first, first))
    }

    /// `(("timeout" | "interval") DURATION ";" | ("status" | "failures") INT ";")*`
    fn probe_settings(&mut self, group: Group<'_>, purpose: Purpose, probe: &mut Probe) {
        for (key, mut values) in self.object(group) {
            let slot = match key.as_str() {
                "timeout" => &mut probe.timeout,
                "interval" => &mut probe.interval,
                "status" => &mut probe.status,
                "failures" if purpose == Purpose::Alive => &mut probe.failures,
                word => {
                    let row = other_tools::find(word, |place| place == Place::ProbeSetting);
                    let word = word.to_owned();
                    let fault = match row {
                        Some(row) => {
                            let help = row.help(&Written { word: &word, ..Written::default() });
                            let help = match (purpose, help.starts_with(NOT_COUNTED)) {
                                (Purpose::Alive, true) => "write `failures 3;`".to_owned(),
                                (Purpose::Alive, false) => help.replace("`ready ", "`alive "),
                                (Purpose::Ready, _) => help,
                            };
                            Fault::OtherTool {
                                what: "setting of a probe",
                                tool: row.tools(&word),
                                word,
                                help,
                            }
                        }
                        None => Fault::UnknownChoice {
                            what: "setting of a probe".to_owned(),
                            found: word,
                            choices: probe_settings(purpose),
                        },
                    };
                    self.report(fault, key.span_id);
                    continue;
                }
            };
            if slot.is_some() {
                self.problems.push(promethean_core::problem::Problem::new(
                    Fault::Repeated { what: format!("`{}`", key.value) },
                    key.span_id,
                ));
            } else if values.len() == 1 {
                *slot = values.pop();
            } else {
                let extra = values.get(1).map_or(key.span_id, |value| value.span_id);
                self.one_of_setting(&key, extra);
            }
        }
    }

    fn one_of_setting(&mut self, key: &Spanned<SmolStr>, span_id: SpanId) {
        let is_number = matches!(key.as_str(), "status" | "failures");
        let what = if is_number { "number" } else { "duration" };
        let expected = format!("one {what} after `{}`", key.value);
        self.report(Fault::Unexpected { expected, found: "another value".into() }, span_id);
    }

    /// Reports a word that belongs elsewhere.
    pub(super) fn misplaced(&mut self, word: &Ident, belongs: &str) -> Failed {
        let fault =
            Fault::Misplaced { word: word.unraw().to_string(), belongs: belongs.to_owned() };
        let span: Span = word.span();
        self.report_at(fault, span, span);
        Failed::Within
    }
}

/// What a probe can try: a line of a log is none of those of `alive`.
fn kinds_of(purpose: Purpose) -> &'static [&'static str] {
    match purpose {
        Purpose::Ready => ProbeKind::WORDS,
        Purpose::Alive => &["tcp", "http", "exec"],
    }
}

/// How the answer to a setting begins that counts the tries of a `ready`.
const NOT_COUNTED: &str = "tries are not counted";

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

/// What a health check of another tool tries: `{ test: ["CMD", "curl", "http://…"], interval: 30s }`,
/// `{ httpGet: { path: "/health", port: 8080 } }`.
pub(super) fn tried_by_another_tool(group: Group<'_>) -> Vec<SmolStr> {
    let (mut stream, mut url, mut path, mut port) = (group.inside, None, None, None);
    while !stream.at_end() {
        if let Some(inner) = stream.group(Delimiter::Brace) {
            let found = tried_by_another_tool(inner);
            if !found.is_empty() {
                return found;
            }
            continue;
        }
        let key = stream.peek_value().unwrap_or_default();
        stream.any();
        let _ = stream.sign(':').or_else(|| stream.sign('='));
        match key.trim_matches('"') {
            "test" | "command" => {
                let mut list = stream;
                let mut texts = Vec::new();
                let mut inside = match list.group(Delimiter::Bracket) {
                    Some(list) => list.inside,
                    None => list,
                };
                while let Some((text, _)) = string(&mut inside) {
                    texts.push(text);
                    inside.sign(',');
                    let mut key = inside;
                    // `"test": "…", "interval": "30s"`
                    if string(&mut key).is_some() && key.peek_sign(':') {
                        break;
                    }
                }
                return texts;
            }
            "path" => path = string(&mut { stream }).map(|(text, _)| text),
            "port" => port = stream.peek_literal().map(|port| port.to_string()),
            _ => {
                let text = string(&mut { stream }).map(|(text, _)| text);
                url = url.or(text.filter(|text| text.contains("://")));
            }
        }
    }
    let port = port.filter(|port| port.parse::<u16>().is_ok());
    let path = path.filter(|path| path.starts_with('/'));
    let asked = match (&path, port) {
        (path, Some(port)) => {
            Some(format!("http://127.0.0.1:{port}{}", path.as_deref().unwrap_or_default()).into())
        }
        (_, None) => path,
    };
    url.or(asked).into_iter().collect()
}

/// Whether a word that begins an item begins an attribute, too: `env` and `secrets` do, and so do
/// `name` and `script` of PM2.
pub(super) fn is_attribute_too(word: &Ident, stream: &Stream<'_>) -> bool {
    let word = word.unraw().to_string();
    matches!(word.as_str(), "env" | "secrets" | "name")
        || word == "script" && !begins_service(stream)
}

/// Whether `script` begins a service, and is not PM2's name for the program.
fn begins_service(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    hyphenated(&mut behind).is_some()
        && (behind.peek_literal().is_some() || behind.peek_group(Delimiter::Brace))
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

/// What `run` has among the statements that follow: `"dev"`.
fn script_behind(stream: &Stream<'_>) -> Option<String> {
    let mut behind = *stream;
    while !behind.at_end() {
        if behind.the_word("run").is_some() {
            let script = string(&mut behind)?;
            return Some(format!("{:?}", script.0));
        }
        behind.any();
    }
    None
}
