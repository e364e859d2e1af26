//! Blocks: attributes and the statements beside them.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::attribute::{Attribute, ExpressionType, Form, one_of};
use promethean_core::declaration::{Allow, Attribution, Block, Given, Probe, ProbeKind, Profile};
use promethean_core::kind::Runner;
use promethean_core::problem::Fault;
use promethean_core::span_id::{SpanId, Spanned};
use promethean_core::value::Value;
use syn::ext::IdentExt as _;

use smol_str::SmolStr;

use super::words::{hyphenated, string};
use super::{Failed, Parsed};
use crate::stream::{Group, Stream};

impl Parsed {
    /// `attribute*`, up to the end of the block.
    pub(super) fn attributes(
        &mut self,
        mut stream: Stream<'_>,
        block: &mut Block,
        in_profile: bool,
    ) {
        loop {
            self.docs(&mut stream);
            if stream.at_end() {
                return;
            }
            let parsed = match stream.word() {
                Some(word) => {
                    self.keyword(&word, false);
                    self.attribute(&word, &mut stream, block, in_profile)
                }
                None => Err(self.unexpected(&stream, "an attribute")),
            };
            if let Err(failed) = parsed {
                failed.recover(&mut stream);
            }
        }
    }

    /// `attribute`, behind its first word.
    pub(super) fn attribute(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
        in_profile: bool,
    ) -> Result<(), Failed> {
        match word.unraw().to_string().as_str() {
            "env" => self.env_block(word, stream, block),
            "depends_on" => {
                let mut dependencies = self.dependencies(stream)?;
                block.depends_on.append(&mut dependencies);
                self.end(stream, "`,` or `;`")
            }
            "ready" => {
                if block.ready.is_some() {
                    self.report_at(
                        Fault::Repeated { what: "`ready`".into() },
                        word.span(),
                        word.span(),
                    );
                }
                block.ready = Some(self.probe(stream)?);
                Ok(())
            }
            "profile" => self.profile(word, stream, block, in_profile),
            "unset" => {
                let key = self.name(stream, "the name of an attribute")?;
                block.unset.push(key);
                self.end(stream, "`;`")
            }
            "allow" => {
                let rule = self.name(stream, "the name of a rule")?;
                let reason = self.string(stream, "the reason, in quotes")?;
                block.allow.push(Allow { rule, reason });
                self.end(stream, "`;`")
            }
            "without" | "override" => Err(self.misplaced(word, "it belongs into an `agent`")),
            "agent" | "template" | "external" | "include" | "use" | "defaults" | "root"
            | "paths" => {
                Err(self.misplaced(word, "it belongs outside, beside the agents and services"))
            }
            "python" | "node" => Err(self.misplaced(
                word,
                "services are allowed in an `agent`, in a `template` or at the top, not in each other",
            )),
            _ => self.setting(word, stream, block),
        }
    }

    /// `"env" "{" entry* "}"`
    fn env_block(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
    ) -> Result<(), Failed> {
        if stream.peek_word().is_some() || stream.peek_literal().is_some() {
            let belongs =
                "named sets are declared at the top; use them here with `env { ..name; }`";
            return Err(self.misplaced(word, belongs));
        }
        let span_id = self.source.add(word.span(), word.span());
        for sign in ['=', ':'] {
            if let Some(punct) = stream.sign(sign) {
                let value = "{ … }".to_owned();
                let fault = Fault::SignAfterAttribute { key: "env".into(), sign, value };
                self.report_at(fault, punct.span(), punct.span());
            }
        }
        let group = self.braces(stream)?;
        if !block.spreads.is_empty() || !block.env.is_empty() {
            self.report(Fault::Repeated { what: "`env`".into() }, span_id);
        }
        let mut entries = self.entries(group.inside);
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
        in_profile: bool,
    ) -> Result<(), Failed> {
        if in_profile {
            return Err(self.misplaced(word, "only one profile is active at a time"));
        }
        let name = self.name(stream, "the name of a profile")?;
        let group = self.braces(stream)?;
        let mut profile = Profile { name, block: Block::default() };
        self.attributes(group.inside, &mut profile.block, true);
        block.profiles.push(profile);
        Ok(())
    }

    /// `KEY value ("," value)* ";" | KEY "{" (KEY value ("," value)* ";")* "}"`
    fn setting(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        block: &mut Block,
    ) -> Result<(), Failed> {
        let key = self.attribute_key(word, stream);
        let attribute = Attribute::find(&key);
        if attribute.is_none() && !stream.peek_group(Delimiter::Brace) {
            // The name is the mistake, whatever stands behind it.
            block.settings.0.push(Attribution { key, given: Given::Values(Vec::new()) });
            return Err(Failed::Within);
        }
        self.no_sign(&key, stream);
        if let Some(group) = stream.group(Delimiter::Brace) {
            let entries = self.object(group);
            block.settings.0.push(Attribution { key, given: Given::Object(entries) });
            return Ok(());
        }
        let kind = attribute.map_or(ExpressionType::Text, Attribute::expression_type);
        let mut values = Vec::new();
        if !stream.peek_sign(';') && !stream.at_end() {
            values = self.values(stream, kind)?;
        }
        let runs_in_venv = attribute.is_some_and(|attribute| attribute.form == Form::Runner)
            && matches!(values.as_slice(), [Spanned { value: Value::Word(word), .. }] if word == Runner::Venv.word());
        if runs_in_venv && let Some((directory, span)) = string(stream) {
            values.push(Spanned::new(Value::Text(directory), self.source.add(span, span)));
        }
        // A name alone at the end of a block lacks its value, not its `;`.
        let unfinished = values.is_empty() && stream.at_end();
        block.settings.0.push(Attribution { key, given: Given::Values(values) });
        match unfinished {
            true => Ok(()),
            false => self.end(stream, "`,` or `;`"),
        }
    }

    /// An attribute's name; with `-` in it, it is none, but what was meant can be said.
    fn attribute_key(&mut self, word: &Ident, stream: &mut Stream<'_>) -> Spanned<SmolStr> {
        let mut name = word.unraw().to_string();
        while stream.peek_sign('-') {
            let mut behind = *stream;
            behind.sign('-');
            let Some(part) = behind.word() else { break };
            name.push('-');
            name.push_str(&part.unraw().to_string());
            *stream = behind;
        }
        let last = if name.contains('-') { stream.last() } else { word.span() };
        Spanned::new(name.into(), self.source.add(word.span(), last))
    }

    /// Reports the `=` or `:` of those who come from another language.
    fn no_sign(&mut self, key: &Spanned<SmolStr>, stream: &mut Stream<'_>) {
        for sign in ['=', ':'] {
            if let Some(punct) = stream.sign(sign) {
                let value = match stream.peek_value() {
                    Some(value) => format!("{value};"),
                    None => "value;".to_owned(),
                };
                let fault = Fault::SignAfterAttribute { key: key.to_string(), sign, value };
                self.report_at(fault, punct.span(), punct.span());
            }
        }
    }

    /// `(KEY value ("," value)* ";")*`
    fn object(&mut self, group: Group<'_>) -> Vec<(Spanned<SmolStr>, Vec<Spanned<Value>>)> {
        let mut stream = group.inside;
        let mut entries = Vec::new();
        loop {
            self.docs(&mut stream);
            if stream.at_end() {
                return entries;
            }
            match self.object_entry(&mut stream) {
                Ok(entry) => entries.push(entry),
                Err(failed) => failed.recover(&mut stream),
            }
        }
    }

    fn object_entry(
        &mut self,
        stream: &mut Stream<'_>,
    ) -> Result<(Spanned<SmolStr>, Vec<Spanned<Value>>), Failed> {
        let Some(word) = stream.word() else { return Err(self.unexpected(stream, "a key")) };
        let key = self.attribute_key(&word, stream);
        self.no_sign(&key, stream);
        let values = self.values(stream, ExpressionType::Text)?;
        self.end(stream, "`,` or `;`")?;
        Ok((key, values))
    }

    /// `ready := "ready" KIND value ("," value)* (";" | "{" … "}")`, behind its first word.
    pub(super) fn probe(&mut self, stream: &mut Stream<'_>) -> Result<Probe, Failed> {
        let Some((word, first, last)) = hyphenated(stream) else {
            return Err(self.unexpected(stream, &one_of(ProbeKind::WORDS)));
        };
        let span_id = self.source.add(first, last);
        let Some(kind) = ProbeKind::from_word(&word) else {
            let what = "probe".to_owned();
            self.report(
                Fault::UnknownChoice { what, found: word.to_string(), choices: ProbeKind::WORDS },
                span_id,
            );
            return Err(Failed::Within);
        };
        let values = match stream.peek_sign(';') {
            true => Vec::new(),
            false => self.values(stream, ExpressionType::Text)?,
        };
        let kind = Spanned::new(kind, span_id);
        let mut probe = Probe { kind, values, timeout: None, interval: None };
        match stream.group(Delimiter::Brace) {
            Some(group) => self.probe_times(group, &mut probe),
            None => self.end(stream, "`,`, `;` or a block")?,
        }
        Ok(probe)
    }

    /// `(("timeout" | "interval") DURATION ";")*`
    fn probe_times(&mut self, group: Group<'_>, probe: &mut Probe) {
        for (key, mut values) in self.object(group) {
            let slot = match key.as_str() {
                "timeout" => &mut probe.timeout,
                "interval" => &mut probe.interval,
                _ => {
                    let what = "setting of a probe".to_owned();
                    let choices = &["timeout", "interval"];
                    self.report(
                        Fault::UnknownChoice { what, found: key.to_string(), choices },
                        key.span_id,
                    );
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
                self.one_duration(&key, extra);
            }
        }
    }

    fn one_duration(&mut self, key: &Spanned<SmolStr>, span_id: SpanId) {
        let expected = format!("one duration after `{}`", key.value);
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
