//! Blocks: attributes and the statements beside them.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::attribute::{Attribute, ExpressionType, Form};
use promethean_core::declaration::{Allow, Attribution, Block, Given, Kind, Profile, Purpose};
use promethean_core::kind::Runner;
use promethean_core::other_tools;
use promethean_core::paths::file_name;
use promethean_core::problem::{Fault, MisplacedBrace, OtherSyntax};
use promethean_core::span_id::Spanned;
use promethean_core::value::Value;
use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use super::values::{Slot, is_value};
use super::words::{Opener, hyphenated, string};
use super::{Failed, KeywordPlace, Parsed, Statement, keywords};
use crate::host;
use crate::stream::{Group, Stream, text_of};

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
                None if within.kind.is_some() && begins_command(&stream) => {
                    Err(self.command_alone(within.kind.unwrap_or_default(), &stream))
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

    /// Reports `script web { "npm run dev" }`.
    fn command_alone(&mut self, kind: Kind, stream: &Stream<'_>) -> Failed {
        let mut behind = *stream;
        let (text, span) =
            string(&mut behind).unwrap_or_else(|| (SmolStr::default(), stream.span()));
        let words: Vec<&str> = text.split_whitespace().collect();
        let instead = other_tools::command(kind, &words).unwrap_or_default();
        self.foreign(OtherSyntax::Otherwise { found: format!("{text:?}"), instead }, span, span)
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
        // With the `}` of `env` missing, the block around it is open, too.
        let follows = *reported || outside && self.is_still_open();
        if !follows {
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
    pub(super) fn attribute_as(
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
                self.probe_or_stand_in(Purpose::Ready, word, stream, &mut block.ready)
            }
            "alive" => {
                self.once(word, block.alive.is_some());
                self.probe_or_stand_in(Purpose::Alive, word, stream, &mut block.alive)
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
                let wanted = "the reason, in quotes";
                let reason = self.string(stream, &format!("allow {}", rule.value), wanted)?;
                if reason.trim().is_empty() {
                    let written = stream.last();
                    self.unexpected_at(wanted, "a text without a word", written, written);
                }
                block.allow.push(Allow { rule, reason });
                self.end(stream, "`;`")
            }
            "without" | "override" => Err(self.misplaced(word, "it belongs into an `agent`")),
            "hint" => Err(self.misplaced(word, "it belongs into an `external`")),
            "has" => Err(self.misplaced(word, "it belongs into a `machine`; a unit has `on`")),
            _ => self.setting(keyword, word, stream, block, within, start),
        }
    }

    /// Skips the list of YAML behind a `:`, which has been reported: `- "src"`, on its lines or on this
    /// one. What follows a `-` without a space is a number.
    fn lines_of_yaml(&mut self, stream: &mut Stream<'_>, start: Span) -> bool {
        let mut item = *stream;
        if !self.has_signs() || item.sign('-').is_none() {
            return false;
        }
        if !(stream.on_next_line() || item.is_spaced()) {
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
        if let Some(failed) = self.env_of_another_tool(word, stream) {
            return Err(failed);
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
                // `runner venv ".venv/bin/python";`
                let program = file_name(&directory);
                let venv =
                    directory.strip_suffix(program).and_then(|path| path.strip_suffix("/bin/"));
                if let Some(venv) = venv.filter(|_| program.starts_with("python")) {
                    let instead = format!("runner venv {venv:?};");
                    let found = OtherSyntax::Otherwise { found: format!("{directory:?}"), instead };
                    self.foreign(found, span, span);
                }
                values.push(Spanned::new(Value::Text(directory), self.source.add(span, span)));
            } else if stream.continues_line() && !stream.peek_sign(';') && !stream.peek_sign(',') {
                let directory = self.string(stream, "runner venv", "a directory in quotes")?;
                values.push(Spanned::new(Value::Text(directory.value), directory.span_id));
            }
            return Ok(());
        }
        if word == Runner::Npm.word()
            && let Some(failed) = self.script_behind_npm(stream)
        {
            return Err(failed);
        }
        match Runner::from_word(&word) {
            Some(_) => Ok(()),
            None => self.runner_of_another_tool(&word, span_id, stream, within),
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
    pub(super) fn object(
        &mut self,
        group: Group<'_>,
    ) -> Vec<(Spanned<SmolStr>, Vec<Spanned<Value>>)> {
        let mut stream = group.inside;
        let mut entries = Vec::new();
        let mut reported = false;
        while let Some(Statement { start, before, .. }) =
            self.next_statement(&mut stream, None, &mut reported)
        {
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
        entries
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
        // `awaitWriteFinish { stabilityThreshold 100; }`, as chokidar has it
        if key.value == "awaitWriteFinish" && stream.peek_group(Delimiter::Brace) {
            let (found, instead) = ("{".to_owned(), format!("{} true;", key.value));
            let first = stream.span();
            stream.any();
            let found = OtherSyntax::Otherwise { found, instead };
            return Err(self.foreign(found, first, stream.last()));
        }
        let slot = Slot { key: &key, kind: ExpressionType::Text, many: true };
        let values = self.values(stream, slot)?;
        self.end(stream, "`,` or `;`")?;
        Ok((key, values))
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

/// Whether a text alone is next, with more words than one.
fn begins_command(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let text = string(&mut behind);
    text.is_some_and(|(text, _)| text.split_whitespace().nth(1).is_some())
        && (behind.at_end() || behind.peek_sign(';'))
}
