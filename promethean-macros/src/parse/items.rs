//! Items: what is at the top of an ecosystem.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::declaration::{Kind, Unit};
use promethean_core::other_tools::{self, Place, Row};
use promethean_core::problem::{Fault, MisplacedBrace, OtherSyntax};
use promethean_core::reference::written_name;
use promethean_core::span_id::SpanId;
use syn::ext::IdentExt as _;

use super::blocks::Within;
use super::each;
use super::keywords::{begins_item, is_attribute};
use super::kinds::{WithoutKind, kind_of};
use super::words::{Opener, hyphenated, peek_colon, string};
use super::{Failed, KeywordPlace, Parsed};
use crate::host;
use crate::stream::{Stream, text_of};

/// The item before the one that is next.
#[derive(Clone, Copy)]
struct Before<'c> {
    /// Where it begins.
    first: Stream<'c>,
    from: SpanId,
    start: Span,
    /// The token that it ends with.
    last: Span,
    has_block: bool,
    /// Whether it is an attribute that belongs into a block.
    is_attribute: bool,
}

impl Parsed {
    /// `ecosystem := item*`
    pub(super) fn items(&mut self, mut stream: Stream<'_>) {
        let mut before: Option<Before<'_>> = None;
        let mut reported = false;
        loop {
            let doc = self.docs(&mut stream);
            if stream.at_end() {
                return;
            }
            let (from, problems, start) = (self.source.next(), self.problems.len(), stream.start());
            if self.superfluous(&mut stream, reported) {
                continue;
            }
            self.in_javascript = false;
            let first = stream;
            let attribute = stream.peek_word().is_some_and(|word| {
                is_attribute(&word) && !begins_item(&word) && !is_something_else(&word, &stream)
            });
            self.before_statement = self.problems.len();
            let parsed = match stream.word() {
                Some(word) if attribute => {
                    self.attribute_outside(&word, &stream, before.as_ref(), start);
                    Err(Failed::Within)
                }
                Some(word) => self.item(&word, &mut stream, doc, start),
                None => self.no_item_word(&mut stream, doc),
            };
            if let Err(failed) = parsed {
                self.recover(&failed, &mut stream, start);
            }
            for service in std::mem::take(&mut self.strays) {
                self.declaration.units.push(Unit::Service(service));
            }
            reported = self.problems.len() > problems;
            if reported {
                self.damage(match (&before, attribute) {
                    (Some(before), true) => before.from,
                    _ => from,
                });
            }
            let after_attribute = before.filter(|_| attribute);
            before = Some(Before {
                first: after_attribute.map_or(first, |before| before.first),
                from,
                start: after_attribute.map_or(start, |before| before.start),
                last: stream.last(),
                has_block: stream.ended_with_block(),
                is_attribute: attribute,
            });
        }
    }

    /// An attribute outside of all blocks: the block before it has ended too early, or it is where it
    /// does not belong. Of several that follow each other the first one is reported.
    fn attribute_outside(
        &mut self,
        word: &Ident,
        stream: &Stream<'_>,
        before: Option<&Before<'_>>,
        start: Span,
    ) {
        if before.is_some_and(|before| before.is_attribute) {
            return;
        }
        let early = before.filter(|before| {
            let further_in = start.start().line > before.start.start().line
                && start.start().column > before.start.start().column;
            before.has_block
                && !host::is_editor()
                && (further_in || start.start().line == before.last.end().line)
        });
        let written = word.unraw().to_string();
        let fault = match early {
            Some(before) => Fault::BraceMisplaced {
                brace: MisplacedBrace::ClosedEarly { word: written, opener: shown(&before.first) },
            },
            None => {
                let line = stream.end_of_line();
                let end = if line.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
                let text = text_of(&stream.tokens_to(&line));
                let belongs = format!(
                    "it is an attribute: write it in a service, or `defaults {{ {written} {text}{end} }}` \
                     for all of them"
                );
                Fault::Misplaced { word: written, belongs }
            }
        };
        self.report_at(fault, word.span(), word.span());
    }

    /// What begins with no word.
    fn no_item_word(&mut self, stream: &mut Stream<'_>, doc: String) -> Result<(), Failed> {
        let first = *stream;
        if let Some(group) = stream.group(Delimiter::Brace) {
            let mut key = group.inside;
            if key.any().is_some() && peek_colon(&key) {
                // An object of JSON or JavaScript.
                let row = other_tools::find("apps", |place| place == Place::Item);
                if let Some(row) = row {
                    self.other_tool("item", "{", &Row { tool: "", ..*row }, group.open, None);
                }
                self.lose(&first, stream);
                return Ok(());
            }
            let brace = MisplacedBrace::Doubled;
            self.report_at(Fault::BraceMisplaced { brace }, group.open, group.open);
            self.items(group.inside);
            return Ok(());
        }
        // `"apps": [ … ]`, as in JSON.
        let mut behind = *stream;
        if let Some((key, span)) = string(&mut behind)
            && behind.peek_sign(':')
            && let Some(row) = other_tools::find(&key, |place| place == Place::Item)
        {
            self.other_tool("item", &key, row, span, None);
            stream.skip_foreign(span);
            self.lose(&first, stream);
            return Ok(());
        }
        // `"web": { "command": "node x.js" }`
        let mut behind = *stream;
        if let Some((name, span)) = string(&mut behind)
            && behind.sign(':').is_some()
            && behind.peek_group(Delimiter::Brace)
        {
            let instead = format!("node {} {{ … }}", written_name(&name));
            self.lost.insert(name.to_string());
            let name = name.to_string();
            self.foreign(OtherSyntax::NoKind { name, instead, is_shown: false }, span, span);
            stream.skip_foreign(span);
            self.lose(&first, stream);
            return Ok(());
        }
        if stream.group(Delimiter::Bracket).is_some() {
            let written = text_of(&first.tokens_to(stream));
            self.foreign(OtherSyntax::Section { written }, first.span(), stream.last());
            // What follows are the keys of the section, and more sections.
            let before = *stream;
            while stream.peek_group(Delimiter::Bracket)
                || stream.peek_word().is_some_and(|word| !begins_item(&word))
            {
                let start = stream.start();
                stream.skip_foreign(start);
            }
            self.lose(&before, stream);
            return Ok(());
        }
        // `"web" "services/web" { … }`
        if let Some(found) = WithoutKind::find_quoted(stream) {
            let start = stream.start();
            self.service_without_kind(found, stream, doc, start);
            return Ok(());
        }
        self.no_statement(stream, "an item")
    }

    pub(super) fn item(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) -> Result<(), Failed> {
        let keyword = word.unraw().to_string();
        self.item_as(&keyword, word, stream, doc, start)
    }

    /// An item whose first word means `keyword`.
    pub(super) fn item_as(
        &mut self,
        keyword: &str,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) -> Result<(), Failed> {
        self.keyword(word, KeywordPlace::Top);
        match keyword {
            "name" => {
                let line = stream.end_of_line();
                let written = text_of(&stream.tokens_to(&line));
                if stream.peek_word().is_some()
                    && written.contains(' ')
                    && written.split(' ').all(|word| word.chars().all(char::is_alphanumeric))
                {
                    let first = stream.span();
                    *stream = line;
                    let instead = format!("name {written:?};");
                    self.report_at(Fault::Unquoted { written, instead }, first, stream.last());
                    return Err(Failed::Within);
                }
                let name = self.declared_name(stream, "name", "the ecosystem's name")?;
                self.once(word, self.declaration.name.is_some());
                self.declaration.name.get_or_insert(name);
                self.end(stream, "`;`")
            }
            "root" => {
                self.lost_root = true;
                let root = self.string(stream, "root", "a directory in quotes")?;
                self.lost_root = false;
                self.once(word, self.declaration.root.is_some());
                self.declaration.root.get_or_insert(root);
                self.end(stream, "`;`")
            }
            "secrets" => {
                let file = self.string(stream, "secrets", "a file in quotes")?;
                self.once(word, self.declaration.secrets.is_some());
                self.declaration.secrets.get_or_insert(file);
                self.end(stream, "`;`")
            }
            "paths" => {
                self.no_sign("paths", stream);
                if stream.the_word("unchecked").is_none() {
                    return Err(self.unexpected(stream, "`unchecked`"));
                }
                self.once(word, self.declaration.paths_unchecked);
                self.declaration.paths_unchecked = true;
                self.end(stream, "`;`")
            }
            "use" => {
                let path = self.ecosystem(word, stream)?;
                let statement = format!("use {}", path.value);
                self.declaration.uses.push(path);
                self.end_of_ecosystem(&statement, stream)
            }
            "include" => {
                if each::take_word(stream) {
                    return self.each(stream);
                }
                let path = self.ecosystem(word, stream)?;
                let statement = format!("include {}", path.value);
                self.declaration.units.push(Unit::Include(path));
                self.end_of_ecosystem(&statement, stream)
            }
            "defaults" => {
                let opener = Opener { keyword: "defaults", name: "", start, without_block: false };
                let group = self.braces(stream, opener)?;
                self.once(word, !self.declaration.defaults.is_empty());
                let mut defaults = std::mem::take(&mut self.declaration.defaults);
                let within = Within { opener, kind: None, in_profile: false, directory: None };
                self.attributes(group.inside, &mut defaults, within);
                self.declaration.defaults = defaults;
                Ok(())
            }
            "env" => self.env_set(word, stream, start),
            "template" => self.template(stream, start),
            "agent" => self.agent(stream, doc, start),
            "external" => self.external(stream, doc, start),
            "machine" => self.machine(stream, doc, start),
            _ => match Kind::from_word(keyword) {
                Some(kind) => {
                    let service = self.service(kind, word, stream, doc)?;
                    self.declaration.units.push(Unit::Service(service));
                    Ok(())
                }
                None => self.no_item(word, stream, doc, start),
            },
        }
    }

    /// Reports an item of which there can be one.
    pub(super) fn once(&mut self, word: &Ident, there: bool) {
        if there {
            let what = format!("`{}`", word.unraw());
            self.report_at(Fault::Repeated { what }, word.span(), word.span());
        }
    }
}

/// Whether a word that is an attribute begins something else at the top: `web: npm start`,
/// `module.exports`, `cron backup { … }`.
fn is_something_else(word: &str, stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    behind.word();
    let mut name = behind;
    behind.peek_sign('.')
        || peek_colon(&behind) && kind_of(word).is_some()
        || kind_of(word).is_some()
            && hyphenated(&mut name).is_some()
            && (name.peek_literal().is_some() || name.peek_group(Delimiter::Brace))
}

/// The first two words of an item, for a message.
fn shown(first: &Stream<'_>) -> String {
    let mut stream = *first;
    let keyword = stream.word().map(|word| word.unraw().to_string()).unwrap_or_default();
    let name = string(&mut stream)
        .map(|(name, _)| name)
        .or_else(|| hyphenated(&mut stream).map(|(name, ..)| name));
    match name {
        Some(name) => format!("{keyword} {name}"),
        None => keyword,
    }
}
