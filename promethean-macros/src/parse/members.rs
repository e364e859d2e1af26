//! Members: what is in templates and agents.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::declaration::{Block, Kind, Override, Service};
use promethean_core::other_tools;
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use promethean_core::suggest::nearest;
use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use super::blocks::{Within, is_attribute_too};
use super::keywords::{begins_item, is_attribute};
use super::kinds::{WithoutKind, is_before_kind, is_shaped_as_service, kind_of};
use super::words::{Opener, peek_colon, string};
use super::{Failed, KeywordPlace, Parsed, Statement};
use crate::host;
use crate::stream::Stream;

/// The members of a template or an agent.
#[derive(Default)]
pub(super) struct Members {
    pub(super) in_template: bool,
    pub(super) block: Block,
    pub(super) services: Vec<Service>,
    pub(super) without: Vec<Spanned<SmolStr>>,
    pub(super) overrides: Vec<Override>,
}

impl Parsed {
    /// `member*`, and in an agent `without` and `override`.
    pub(super) fn members(
        &mut self,
        mut stream: Stream<'_>,
        members: &mut Members,
        opener: Opener<'_>,
    ) {
        let (mut reported, mut in_other_block) = (false, false);
        while let Some(Statement { doc, start, before }) =
            self.next_statement(&mut stream, Some(opener), &mut reported)
        {
            let parsed = match stream.word() {
                Some(word) => {
                    let keyword = word.unraw().to_string();
                    let kind = Kind::from_word(&keyword).is_some();
                    let stray = begins_item(&keyword) && !kind && !is_attribute_too(&word, &stream);
                    let outside = kind
                        && !members.in_template
                        && start.start().line > opener.start.start().line
                        && start.start().column <= opener.start.start().column
                        && is_shaped_as_service(&stream)
                        && !host::is_editor();
                    if stray || outside {
                        self.stray(&word, &mut stream, doc, opener, &mut in_other_block)
                    } else {
                        self.member(&word, &mut stream, doc, members, opener, start)
                    }
                }
                None => self.no_statement(&mut stream, "a service or an attribute"),
            };
            if let Err(failed) = parsed {
                self.recover(&failed, &mut stream, start);
            }
            members.services.append(&mut self.strays);
            reported = self.problems.len() > before;
        }
    }

    fn member(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        members: &mut Members,
        opener: Opener<'_>,
        start: Span,
    ) -> Result<(), Failed> {
        self.keyword(word, KeywordPlace::Block);
        let mut keyword = word.unraw().to_string();
        let known = matches!(keyword.as_str(), "without" | "override")
            || Kind::from_word(&keyword).is_some()
            || is_attribute(&keyword);
        if !known && is_before_kind(&keyword, stream) {
            return self.service_behind_a_word(word, stream, doc);
        }
        // `voice "services/voice" { … }`
        let is_other = known || other_tools::attribute(&keyword).is_some();
        let mut without_kind = WithoutKind::find(word, stream).filter(|_| !is_other);
        if let Some(found) = without_kind.take_if(|found| found.is_clear()) {
            self.service_without_kind(found, stream, doc, start);
            return Ok(());
        }
        let row = kind_of(&keyword).filter(|_| is_shaped_as_service(stream));
        if !known && let Some(row) = row {
            return self.service_of_another_tool(row, word, stream, doc);
        }
        // `voice: node index.js`
        let mut command = *stream;
        command.sign(':');
        if !known
            && peek_colon(stream)
            && command.continues_line()
            && command.peek_word().is_some_and(|word| !matches!(word.as_str(), "true" | "false"))
            && other_tools::meant_attribute(&keyword).is_none()
            && other_tools::attribute(&keyword).is_none()
        {
            self.line_of_another_tool(word, stream, start);
            return Ok(());
        }
        if !known && other_tools::attribute(&keyword).is_none() {
            let words = Kind::WORDS.iter().copied().chain(["without", "override"]);
            if let Some(meant) = nearest(&keyword, words) {
                let meant = meant.to_owned();
                let fault = Fault::UnknownAttribute { key: keyword, meant: Some(meant.clone()) };
                self.report_at(fault, word.span(), word.span());
                keyword = meant;
            } else if let Some(found) = without_kind.filter(WithoutKind::has_block) {
                self.service_without_kind(found, stream, doc, start);
                return Ok(());
            }
        }
        match keyword.as_str() {
            "without" if !members.in_template => {
                self.no_sign("without", stream);
                let name = self.service_of_template(stream)?;
                members.without.push(name);
                while let Some(name) = self.listed("without", stream) {
                    members.without.push(name);
                }
                self.end(stream, "`;`")
            }
            "override" if !members.in_template => {
                let mut service = self.service_of_template(stream)?;
                // `override node voice { … }`
                if Kind::from_word(&service).is_some() && stream.peek_word().is_some() {
                    let name = self.name(stream, "the name of a service of the template")?;
                    let instead = format!("override {} {{ … }}", name.value);
                    let place = self.source.place(service.span_id);
                    let found = OtherSyntax::Otherwise { found: service.to_string(), instead };
                    self.foreign(found, place.first, place.last);
                    service = name;
                }
                let name = service.value.clone();
                // `override voice "services/voice" { … }`
                let mut behind = *stream;
                if let Some((directory, span)) = string(&mut behind)
                    && behind.peek_group(Delimiter::Brace)
                {
                    let instead = format!("override {name} {{ … }}");
                    let found = format!("{directory:?}");
                    self.foreign(OtherSyntax::Otherwise { found, instead }, span, span);
                    *stream = behind;
                }
                let opener =
                    Opener { keyword: "override", name: &name, start, without_block: false };
                let group = self.braces(stream, opener)?;
                let mut change = Override { service, block: Block::default() };
                let within = Within { opener, kind: None, in_profile: false, directory: None };
                self.attributes(group.inside, &mut change.block, within);
                members.overrides.push(change);
                Ok(())
            }
            _ => match Kind::from_word(&keyword) {
                Some(kind)
                    if keyword != "script"
                        || !is_attribute_too(word, stream)
                        || is_shaped_as_service(stream) =>
                {
                    let service = self.service(kind, word, stream, doc)?;
                    members.services.push(service);
                    Ok(())
                }
                _ => {
                    let within = Within { opener, kind: None, in_profile: false, directory: None };
                    self.attribute(word, stream, &mut members.block, within, start)
                }
            },
        }
    }

    /// A service of the template or the agent, behind `without` or `override`.
    fn service_of_template(&mut self, stream: &mut Stream<'_>) -> Result<Spanned<SmolStr>, Failed> {
        if let Some(odd) = self.no_name(stream) {
            return Ok(odd);
        }
        self.name(stream, "the name of a service of the template")
    }
}
