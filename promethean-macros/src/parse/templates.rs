//! Templates, and the names of templates after what is made from them.

use proc_macro2::{Delimiter, Span};
use promethean_core::declaration::Template;
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;

use super::keywords::begins_something;
use super::links;
use super::members::Members;
use super::references::Reference;
use super::words::{Opener, hyphenated, peek_colon, string};
use super::{Failed, Parsed};
use crate::stream::{Stream, text_of};

/// What other languages write between a name and what it is made from.
pub(super) const EXTENDS: [&str; 11] = [
    "extends",
    "from",
    "implements",
    "inherits",
    "is",
    "of",
    "template",
    "use",
    "uses",
    "using",
    "with",
];

/// What other languages write in a block to say what it is made from.
const WITHIN: [&str; 12] = [
    "base",
    "extend",
    "extends",
    "from",
    "include",
    "inherit",
    "inherits",
    "mixin",
    "parent",
    "template",
    "templates",
    "use",
];

/// What is made from templates.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a> {
    /// Its keyword: `agent`, `template`, `python`.
    pub(super) keyword: &'a str,
    pub(super) name: &'a SmolStr,
    /// Of a service whose directory has been read already.
    pub(super) directory: Option<&'a SmolStr>,
}

impl Maker<'_> {
    /// How it is written with these templates, where another directory may be next.
    fn with(&self, templates: &[Spanned<SmolStr>], next: &Stream<'_>) -> String {
        let names: Vec<&str> = templates.iter().map(|name| name.as_str()).collect();
        let Maker { keyword, name, directory } = self;
        let next = string(&mut { *next }).map(|(directory, _)| directory);
        let directory = directory.cloned().or(next.filter(|_| self.is_service()));
        let directory = directory.map(|directory| format!(" {directory:?}")).unwrap_or_default();
        format!("{keyword} {name}: {}{directory}", names.join(", "))
    }

    fn is_service(&self) -> bool {
        !matches!(self.keyword, "agent" | "template")
    }
}

impl Parsed {
    /// `"template" NAME made_from "{" member* "}"`
    pub(super) fn template(&mut self, stream: &mut Stream<'_>, start: Span) -> Result<(), Failed> {
        let name = self.declared_name(stream, "template", "the name of the template")?;
        self.lose_on_failure(&name, |parser| {
            let maker = Maker { keyword: "template", name: &name, directory: None };
            let templates = parser.made_from(maker, stream)?;
            let opener = Opener { keyword: "template", name: &name, start, without_block: false };
            let group = parser.braces(stream, opener)?;
            let mut members = Members { in_template: true, ..Members::default() };
            parser.members(group.inside, &mut members, opener);
            parser.declaration.templates.push(Template {
                name: name.clone(),
                templates,
                block: members.block,
                services: members.services,
            });
            Ok(())
        })
    }

    /// `made_from := (":" NAME ("," NAME)*)?`, with answers for those who write it as other languages do.
    pub(super) fn made_from(
        &mut self,
        maker: Maker<'_>,
        stream: &mut Stream<'_>,
    ) -> Result<Vec<Spanned<SmolStr>>, Failed> {
        let (first, before) = (stream.span(), *stream);
        let late = maker.directory.is_some();
        let by_word = stream.peek_word().filter(|word| {
            let mut behind = *stream;
            behind.word();
            let _ = behind.sign(':');
            EXTENDS.contains(&word.as_str())
                && stream.continues_line()
                && behind.peek_word().is_some()
        });
        if let Some(word) = by_word {
            stream.word();
            let _ = stream.sign(':');
            let templates = self.names_of_templates(maker, stream, true)?;
            let instead = maker.with(&templates, stream);
            self.written_otherwise(&templates, word, instead, (first, first));
            return Ok(templates);
        }
        // `agent duck bot;`
        let mut behind = *stream;
        if maker.keyword == "agent"
            && stream.continues_line()
            && hyphenated(&mut behind).is_some()
            && behind.peek_sign(';')
        {
            let templates = self.names_of_templates(maker, stream, true)?;
            let instead = maker.with(&templates, stream) + ";";
            let found = text_of(&before.tokens_to(stream));
            self.written_otherwise(&templates, found, instead, (first, stream.last()));
            return Ok(templates);
        }
        // What is in the parentheses of a template is a parameter rather.
        let in_brackets = stream.peek_group(Delimiter::Parenthesis) && maker.keyword != "template"
            || stream.peek_sign('<');
        if in_brackets && let Some(templates) = self.templates_in_brackets(maker, stream) {
            return Ok(templates);
        }
        if !(peek_colon(stream) || stream.peek_sign('=') || stream.peek_sign(':'))
            || maker.is_service() && names_no_template(stream)
        {
            return Ok(Vec::new());
        }
        if let Some(template) = self.template_by_path(maker, stream) {
            return Ok(vec![template]);
        }
        let equals = stream.peek_sign('=');
        if stream.sign(':').or_else(|| stream.sign('=')).is_none() {
            return Ok(Vec::new());
        }
        let sign = stream.last();
        if stream.peek_group(Delimiter::Brace) {
            let fault = Fault::SignAfterAttribute {
                key: format!("{} {}", maker.keyword, maker.name),
                sign: if equals { "=" } else { ":" }.to_owned(),
                value: "{ … }".to_owned(),
            };
            self.report_at(fault, sign, sign);
            return Ok(Vec::new());
        }
        let list = stream.group(Delimiter::Bracket);
        let mut inside = list.map(|list| list.inside);
        let is_odd = equals || late || inside.is_some();
        let templates = match &mut inside {
            Some(inside) => self.names_of_templates(maker, inside, true)?,
            None => self.names_of_templates(maker, stream, is_odd)?,
        };
        if is_odd {
            let found = match (equals, late) {
                (true, _) => "=",
                (false, true) => ":",
                (false, false) => "[",
            };
            let instead = maker.with(&templates, stream);
            self.written_otherwise(&templates, found.into(), instead, (sign, stream.last()));
        }
        Ok(templates)
    }

    /// Reports how templates are written; that one of them is unknown may follow from it.
    fn written_otherwise(
        &mut self,
        templates: &[Spanned<SmolStr>],
        found: String,
        instead: String,
        (first, last): (Span, Span),
    ) {
        self.lost.extend(templates.iter().map(|template| template.value.to_string()));
        self.foreign(OtherSyntax::Otherwise { found, instead }, first, last);
    }

    /// `NAME ("," NAME)*`. Another sign between them is reported, unless something else is.
    fn names_of_templates(
        &mut self,
        maker: Maker<'_>,
        stream: &mut Stream<'_>,
        reported: bool,
    ) -> Result<Vec<Spanned<SmolStr>>, Failed> {
        let mut templates = vec![self.name(stream, "the name of a template")?];
        let mut odd: Option<(String, Span)> = None;
        loop {
            let mut behind = *stream;
            let comma = behind.sign(',');
            let joined = comma.clone().or_else(|| {
                let mut signs = ['+', '&', '|', ':'].into_iter();
                signs.find_map(|sign| behind.sign(sign))
            });
            let by_word = behind.continues_line()
                && behind.peek_word().is_some_and(|word| {
                    word == "and" || !begins_something(&word) && !EXTENDS.contains(&word.as_str())
                });
            if joined.is_none() && !by_word {
                break;
            }
            if comma.is_some() && behind.peek_group(Delimiter::Brace) {
                // The `,` is one too many, which is reported with the block.
                break;
            }
            if joined.is_none() || odd.is_none() && behind.peek_word().as_deref() == Some("and") {
                behind.the_word("and");
            }
            if comma.is_none() && odd.is_none() {
                odd = Some((stream.found().trim_matches('`').to_owned(), stream.span()));
            }
            let is_name = behind.peek_word().is_some() || behind.peek_literal().is_some();
            if !is_name && comma.is_none() {
                break;
            }
            *stream = behind;
            let begin = stream.span();
            let template = match self.odd_template(maker, stream, begin, false) {
                Some(template) => template,
                None => self.name(stream, "the name of a template")?,
            };
            templates.push(template);
        }
        if let Some((found, first)) = odd
            && !reported
        {
            let instead = maker.with(&templates, stream);
            self.written_otherwise(&templates, found, instead, (first, first));
        }
        Ok(templates)
    }

    /// `: base::BASE.bot`, the template of another file by its path.
    fn template_by_path(
        &mut self,
        maker: Maker<'_>,
        stream: &mut Stream<'_>,
    ) -> Option<Spanned<SmolStr>> {
        let mut ahead = *stream;
        ahead.sign(':')?;
        let begin = ahead.span();
        let second = ahead.sign(':').is_some();
        let template = self.odd_template(maker, &mut ahead, begin, second)?;
        *stream = ahead;
        Some(template)
    }

    /// The path of a template, or its name behind a sign; `sure` where no name can be there.
    fn odd_template(
        &mut self,
        maker: Maker<'_>,
        stream: &mut Stream<'_>,
        begin: Span,
        sure: bool,
    ) -> Option<Spanned<SmolStr>> {
        // A name with a directory after it, also where the name is a word for units: `node web: app "dir";`.
        let mut behind = *stream;
        if !sure && hyphenated(&mut behind).is_some() && string(&mut behind).is_some() {
            return None;
        }
        let is_text = string(&mut { *stream }).is_some();
        let mut ahead = *stream;
        let written = Reference::take(&mut ahead)?.text;
        let is_path = written.contains("::")
            || written.contains(['.', '/'])
            || written.starts_with(['*', '&', '@', '$', '%', '~'])
            || !is_text && written.contains(' ');
        if !sure && !is_path {
            return None;
        }
        *stream = ahead;
        let made = format!("{} {}", maker.keyword, maker.name);
        let (name, instead) = links::template(&made, &written);
        self.lost.insert(name.to_string());
        let span_id = self.source.add(begin, stream.last());
        self.report(Fault::MiswrittenTemplate { written, instead }, span_id);
        Some(Spanned::new(name, span_id))
    }

    /// `agent duck(talks)`, `python mcp<loud>`.
    fn templates_in_brackets(
        &mut self,
        maker: Maker<'_>,
        stream: &mut Stream<'_>,
    ) -> Option<Vec<Spanned<SmolStr>>> {
        let (first, mut behind) = (stream.span(), *stream);
        let is_name = |stream: &Stream<'_>| {
            let text = string(&mut { *stream }).is_some();
            !(text && maker.is_service()) && (text || stream.peek_word().is_some())
        };
        let (templates, found) = match behind.group(Delimiter::Parenthesis) {
            Some(mut group) => {
                let inside = &mut group.inside;
                let templates = is_name(inside).then(|| {
                    self.quietly(|parser| parser.names_of_templates(maker, inside, true))
                })??;
                group.inside.at_end().then_some((templates, "("))?
            }
            None => {
                behind.sign('<')?;
                let inside = &mut behind;
                let templates = is_name(inside).then(|| {
                    self.quietly(|parser| parser.names_of_templates(maker, inside, true))
                })??;
                behind.sign('>').map(|_| (templates, "<"))?
            }
        };
        *stream = behind;
        let instead = maker.with(&templates, stream);
        self.written_otherwise(&templates, found.into(), instead, (first, stream.last()));
        Some(templates)
    }

    /// What a block is made from, within it: `extends mcp;`, `<<: *mcp`. It is written behind the name.
    pub(super) fn template_within(&mut self, stream: &mut Stream<'_>, opener: Opener<'_>) -> bool {
        let is_maker =
            matches!(opener.keyword, "agent" | "template" | "python" | "node" | "script");
        let (first, mut behind) = (*stream, *stream);
        let found = match stream.peek_word() {
            Some(word) if WITHIN.contains(&word.as_str()) => {
                behind.word();
                let _ = behind.sign(':').or_else(|| behind.sign('='));
                word
            }
            None if behind.sign('<').is_some() && behind.sign('<').is_some() => {
                if behind.sign(':').is_none() {
                    return false;
                }
                let _ = behind.sign('*');
                "<<".to_owned()
            }
            Some(_) | None => return false,
        };
        if !is_maker || opener.name.is_empty() || behind.peek_word().is_none() {
            return false;
        }
        let name = SmolStr::from(opener.name);
        let maker = Maker { keyword: opener.keyword, name: &name, directory: None };
        let templates = self.quietly(|parser| parser.names_of_templates(maker, &mut behind, true));
        let Some(templates) = templates else { return false };
        let ends = behind.peek_sign(';') || behind.at_end() || behind.on_next_line();
        if !ends || templates.iter().any(|name| begins_something(name)) {
            return false;
        }
        let instead = maker.with(&templates, &behind);
        let last = behind.last();
        self.foreign(OtherSyntax::Otherwise { found, instead }, first.span(), last);
        behind.sign(';');
        self.lose(&first, &behind);
        *stream = behind;
        true
    }
}

/// Whether what is behind the `:` of a service is something else than the name of a template: a
/// directory, a block, a command.
pub(super) fn names_no_template(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let _ = behind.sign(':').or_else(|| behind.sign('='));
    if behind.peek_group(Delimiter::Brace) {
        return true;
    }
    let mut next = behind;
    if let Some((text, _)) = string(&mut next) {
        let is_path = text.contains(['/', '\\']) || text.starts_with('.') || text.is_empty();
        return is_path && string(&mut { next }).is_none() && !next.peek_sign(',');
    }
    if let Some(group) = { behind }.group(Delimiter::Bracket) {
        return string(&mut { group.inside }).is_some();
    }
    if behind.peek_group(Delimiter::Parenthesis) || behind.peek_sign('>') {
        return true;
    }
    // `node web: services/web;`
    hyphenated(&mut next).is_some() && next.peek_sign('/')
        || behind.peek_sign('.')
        || behind.peek_sign('/')
}

/// Passes over the names of templates behind the name of a service, where they are written as they
/// are here.
pub(super) fn skip_made_from(stream: &mut Stream<'_>) {
    let mut behind = *stream;
    if !peek_colon(stream) || names_no_template(stream) {
        return;
    }
    behind.sign(':');
    loop {
        if string(&mut behind).is_none() && hyphenated(&mut behind).is_none() {
            return;
        }
        if behind.sign(',').is_none() {
            *stream = behind;
            return;
        }
    }
}
