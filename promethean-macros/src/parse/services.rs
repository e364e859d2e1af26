//! Services.

use proc_macro2::{Delimiter, Ident};
use promethean_core::declaration::{Block, Kind, Service};
use promethean_core::other_tools;
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use super::blocks::Within;
use super::keywords::{begins_item, begins_something, is_attribute};
use super::kinds::kind_of;
use super::templates::{Maker, names_no_template};
use super::words::{Opener, hyphenated, string, words_before_string};
use super::{Failed, Parsed};
use crate::host;
use crate::stream::{Stream, text_of};

impl Parsed {
    /// `service := KIND NAME made_from STRING? (";" | "{" attribute* "}")`, behind the kind.
    pub(super) fn service(
        &mut self,
        kind: Kind,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
    ) -> Result<Service, Failed> {
        let start = word.span();
        let keyword = word.unraw().to_string();
        let name = self.declared_name(stream, &keyword, "the name of the service")?;
        let opener = Opener { keyword: &keyword, name: &name, start, without_block: true };
        let maker = Maker { keyword: kind.word(), name: &name, directory: None };
        let others = self.further_names(&keyword, &name, stream);
        let mut templates = self.made_from(maker, stream)?;
        let directory = self.directory(kind, &name, stream);
        if templates.is_empty() && directory.is_some() {
            let directory = directory.as_ref().map(|directory| &directory.value);
            templates = self.made_from(Maker { directory, ..maker }, stream)?;
        }
        self.strays.extend(others.into_iter().map(|name| Service {
            doc: String::new(),
            kind,
            name,
            templates: templates.clone(),
            directory: directory.clone(),
            block: Block::default(),
        }));
        let block = Block::default();
        let mut service = Service { doc, kind, name: name.clone(), templates, directory, block };
        self.lose_on_failure(&name, |parser| {
            if stream.sign(';').is_some() {
                return Ok(service);
            }
            let unopened = stream
                .peek_word()
                .is_some_and(|word| is_attribute(&word) && !begins_item(&word) || word == "env");
            let inside = || match stream.on_next_line() {
                true => !opener.is_before(stream) && !host::is_editor(),
                false => true,
            };
            if unopened && inside() && !stream.at_end() {
                parser.unopened(stream, opener);
                return Ok(service);
            }
            // `node web "services/web" as api;`
            if let Some(word) = stream.peek_word()
                && stream.continues_line()
                && !begins_something(&word)
                && kind_of(&word).is_none()
            {
                let line = stream.end_of_line();
                let end = if line.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
                let directory = service.directory.as_ref();
                let directory = directory.map(|directory| format!(" {:?}", directory.value));
                let instead =
                    format!("{keyword} {}{}{end}", name.value, directory.unwrap_or_default());
                let first = stream.span();
                parser.foreign(OtherSyntax::Otherwise { found: word, instead }, first, first);
                *stream = line;
                if stream.sign(';').is_some() || stream.at_end() {
                    return Ok(service);
                }
            }
            if stream.at_end() || stream.peek_word().is_some() || stream.peek_sign('#') {
                parser.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
                return Ok(service);
            }
            if stream.peek_sign(',') {
                let mut behind = *stream;
                behind.sign(',');
                if behind.peek_group(Delimiter::Brace) {
                    let sign = stream.span();
                    parser.foreign(OtherSyntax::Superfluous { sign: ',' }, sign, sign);
                    *stream = behind;
                } else {
                    parser.end(stream, "`;`")?;
                    return Ok(service);
                }
            }
            let group = parser.service_block(stream, opener)?;
            let directory = service.directory.as_ref().map(|directory| directory.as_str());
            let within = Within { opener, kind: Some(kind), in_profile: false, directory };
            parser.attributes(group, &mut service.block, within);
            Ok(service)
        })
    }

    /// `node api, web "services/api";`: reports the names behind the first one.
    fn further_names(
        &mut self,
        keyword: &str,
        name: &SmolStr,
        stream: &mut Stream<'_>,
    ) -> Vec<Spanned<SmolStr>> {
        let (mut behind, mut others) = (*stream, Vec::new());
        while behind.sign(',').is_some()
            && behind.continues_line()
            && let Some((other, first, last)) = hyphenated(&mut behind)
            && !begins_something(&other)
        {
            others.push((other, first, last));
        }
        let ends = behind.peek_literal().is_some()
            || behind.peek_sign(';')
            || behind.peek_group(Delimiter::Brace);
        if others.is_empty() || !ends {
            return Vec::new();
        }
        let directory = string(&mut { behind }).map(|(text, _)| format!(" {text:?}"));
        let directory = directory.unwrap_or_default();
        let names = std::iter::once(name).chain(others.iter().map(|(other, ..)| other));
        let services: Vec<String> =
            names.map(|name| format!("{keyword} {name}{directory};")).collect();
        let comma = stream.span();
        self.foreign(OtherSyntax::List { instead: services.join(" ") }, comma, comma);
        *stream = behind;
        let others = others.into_iter();
        others
            .map(|(other, first, last)| Spanned::new(other, self.source.add(first, last)))
            .collect()
    }

    /// The directory of a service, with answers for those who write it as other languages do.
    fn directory(
        &mut self,
        kind: Kind,
        name: &SmolStr,
        stream: &mut Stream<'_>,
    ) -> Option<Spanned<SmolStr>> {
        let service = || format!("{} {name}", kind.word());
        if let Some((text, span)) = string(stream) {
            // `script web "npm run dev";`
            let words: Vec<&str> = text.split_whitespace().collect();
            if let [program, _, ..] = words.as_slice()
                && !stream.peek_group(Delimiter::Brace)
                && (kind == Kind::Script && !program.contains('/')
                    || matches!(*program, "bun" | "node" | "npm" | "python" | "python3"))
                && let Some(statements) = other_tools::command(kind, &words)
            {
                let instead = format!("{} {{ {statements} }}", service());
                let found = OtherSyntax::Otherwise { found: format!("{text:?}"), instead };
                self.foreign(found, span, span);
                return None;
            }
            let directory = Spanned::new(text, self.source.add(span, span));
            if stream.peek_literal().is_some() || stream.peek_sign(',') {
                self.second_string(&service(), kind, &directory, stream);
            }
            return Some(directory);
        }
        let service = service();
        let mut behind = *stream;
        let first = behind.span();
        // `node web: "dir"`, `node web = "dir"`, `node web, "dir"`, `node web in "dir"`.
        let is_by_word = behind.peek_word().is_some_and(|word| {
            matches!(
                word.as_str(),
                "in" | "at" | "from" | "dir" | "cwd" | "path" | "directory" | "folder" | "on"
            )
        });
        if is_by_word && stream.continues_line() {
            let _ = behind.word();
        }
        while [':', '=', '>', ',', '-'].iter().any(|sign| behind.sign(*sign).is_some()) {}
        let mut in_brackets = behind;
        let mut group = in_brackets
            .group(Delimiter::Parenthesis)
            .or_else(|| in_brackets.group(Delimiter::Bracket));
        let quoted = match &mut group {
            Some(group) => string(&mut group.inside).filter(|_| group.inside.at_end()),
            None => string(&mut behind),
        };
        if let Some((text, span)) = quoted {
            if group.is_some() {
                behind = in_brackets;
            }
            let directory = Spanned::new(text, self.source.add(span, span));
            let found = stream.found().trim_matches('`').to_owned();
            let instead = format!("{service} {:?}", directory.value);
            self.foreign(OtherSyntax::Otherwise { found, instead }, first, first);
            *stream = behind;
            self.second_string(&service, kind, &directory, stream);
            return Some(directory);
        }
        // `node web services/web;`, `node web: services/web;`
        let mut colon = *stream;
        if colon.sign(':').is_some()
            && names_no_template(stream)
            && (colon.peek_word().is_some() || colon.peek_sign('.') || colon.peek_sign('/'))
        {
            *stream = colon;
        }
        let is_path = ['.', '/', '~'].iter().any(|sign| stream.peek_sign(*sign))
            || stream.peek_word().is_some_and(|word| {
                let mut behind = *stream;
                behind.word();
                !begins_something(&word) || behind.peek_sign('/') && behind.adjoins()
            });
        // `node web npm "services/web"`: what is before the directory is too much.
        if let Some((found, mut behind)) = words_before_string(stream) {
            let (first, last) = (stream.span(), behind.last());
            let (text, span) = string(&mut behind)?;
            let instead = format!("{service} {text:?}");
            self.foreign(OtherSyntax::Otherwise { found, instead }, first, last);
            *stream = behind;
            return Some(Spanned::new(text, self.source.add(span, span)));
        }
        if is_path && stream.continues_line() {
            let (first, end) = (stream.span(), stream.end_of_value());
            let written = text_of(&stream.tokens_to(&end));
            *stream = end;
            // `node web npm start;`
            let words: Vec<&str> = written.split(' ').collect();
            if let [program, _, ..] = words.as_slice()
                && matches!(*program, "bun" | "node" | "npm" | "python" | "python3")
                && let Some(statements) = other_tools::command(kind, &words)
            {
                let instead = format!("{service} {{ {statements} }}");
                let found = OtherSyntax::Otherwise { found: written, instead };
                self.foreign(found, first, stream.last());
                return None;
            }
            // `node "services/web" web`: the check of names answers that.
            let is_swapped = name.rsplit_once('/').is_some_and(|(_, last)| last == written);
            if is_swapped {
                let span_id = self.source.add(first, stream.last());
                return Some(Spanned::new(written.into(), span_id));
            }
            let instead = format!("{service} {written:?}");
            self.report_at(Fault::Unquoted { written, instead }, first, stream.last());
        }
        None
    }

    /// `node web "services/web" "index.js";`
    fn second_string(
        &mut self,
        service: &str,
        kind: Kind,
        directory: &SmolStr,
        stream: &mut Stream<'_>,
    ) {
        let mut behind = *stream;
        let _ = behind.sign(',');
        let Some((second, span)) = string(&mut behind) else { return };
        *stream = behind;
        // More of them belong to the same mistake.
        while stream.sign(',').is_some() || string(stream).is_some() {}
        let words: Vec<&str> = second.split_whitespace().collect();
        let statements = other_tools::command(kind, &words).unwrap_or_default();
        let instead = format!("{service} {directory:?} {{ {statements} }}");
        self.foreign(OtherSyntax::SecondString { instead }, span, span);
    }

    fn service_block<'c>(
        &mut self,
        stream: &mut Stream<'c>,
        opener: Opener<'_>,
    ) -> Result<Stream<'c>, Failed> {
        use proc_macro2::Delimiter::{Brace, Bracket, Parenthesis};
        let problems = self.problems.len();
        self.no_sign_before_block(opener, stream);
        // The entries of `node web: { entry: "x.js" }` belong to the same mistake.
        self.in_javascript |= self.problems.len() > problems;
        let block = stream.peek_group(Brace)
            || stream.peek_group(Bracket)
            || stream.peek_group(Parenthesis)
            || stream.peek_sign('<');
        match block {
            true => Ok(self.braces(stream, opener)?.inside),
            false => Err(self.unexpected(stream, "a directory in quotes, `;` or a block")),
        }
    }
}
