//! Templates, and the names of templates behind what is made from them.

use proc_macro2::{Delimiter, Span};
use promethean_core::declaration::Template;
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;

use super::keywords::begins_something;
use super::links;
use super::members::Members;
use super::references::Reference;
use super::words::{Opener, hyphenated, peek_colons};
use super::{Failed, Parsed};
use crate::stream::Stream;

impl Parsed {
    /// `"template" NAME "{" member* "}"`
    pub(super) fn template(&mut self, stream: &mut Stream<'_>, start: Span) -> Result<(), Failed> {
        let name = self.declared_name(stream, "template", "the name of the template")?;
        self.lose_on_failure(&name, |parser| {
            let opener = Opener { keyword: "template", name: &name, start, without_block: false };
            let group = parser.braces(stream, opener)?;
            let mut members = Members { in_template: true, ..Members::default() };
            parser.members(group.inside, &mut members, opener);
            parser.declaration.templates.push(Template {
                name: name.clone(),
                block: members.block,
                services: members.services,
            });
            Ok(())
        })
    }

    /// `: base::BASE.bot`, the template of another file by its path.
    pub(super) fn template_by_path(
        &mut self,
        agent: &Spanned<SmolStr>,
        stream: &mut Stream<'_>,
    ) -> Option<Spanned<SmolStr>> {
        let mut ahead = *stream;
        ahead.sign(':')?;
        let begin = ahead.span();
        let second = ahead.sign(':').is_some();
        let reference = Reference::take(&mut ahead)?;
        let is_path = reference.text.contains("::") || reference.text.contains(['.', '/', ' ']);
        if !second && !is_path {
            return None;
        }
        *stream = ahead;
        let (name, instead) = links::template(agent, &reference.text);
        self.lost.insert(name.to_string());
        let span_id = self.source.add(begin, stream.last());
        let written = reference.text;
        self.report(Fault::MiswrittenTemplate { written, instead }, span_id);
        Some(Spanned::new(name, span_id))
    }

    /// `(":" NAME)?`, with answers for those who write it as other languages do, or several.
    pub(super) fn template_of_agent(
        &mut self,
        agent: &Spanned<SmolStr>,
        stream: &mut Stream<'_>,
    ) -> Result<Option<Spanned<SmolStr>>, Failed> {
        let word = stream.peek_word();
        let otherwise = word.filter(|word| {
            matches!(
                word.as_str(),
                "extends"
                    | "from"
                    | "uses"
                    | "use"
                    | "is"
                    | "implements"
                    | "with"
                    | "template"
                    | "of"
                    | "inherits"
            ) && stream.continues_line()
        });
        if let Some(word) = otherwise {
            let first = stream.span();
            stream.word();
            let _ = stream.sign(':');
            let template = self.name(stream, "the name of a template")?;
            let instead = format!("agent {}: {}", agent.value, template.value);
            self.foreign(OtherSyntax::Otherwise { found: word, instead }, first, first);
            return Ok(Some(template));
        }
        let in_parentheses = stream.peek_group(Delimiter::Parenthesis) || stream.peek_sign('<');
        if in_parentheses && let Some(template) = self.template_in_parentheses(agent, stream) {
            return Ok(Some(template));
        }
        let equals = stream.peek_sign('=');
        if stream.sign(':').or_else(|| stream.sign('=')).is_none() {
            return Ok(None);
        }
        let sign = stream.last();
        if stream.peek_group(Delimiter::Brace) {
            let fault = Fault::SignAfterAttribute {
                key: format!("agent {}", agent.value),
                sign: if equals { "=" } else { ":" }.to_owned(),
                value: "{ … }".to_owned(),
            };
            self.report_at(fault, sign, sign);
            return Ok(None);
        }
        let list = stream.group(Delimiter::Bracket);
        let mut inside = list.map(|list| list.inside);
        let stream = inside.as_mut().unwrap_or(stream);
        let template = self.name(stream, "the name of a template")?;
        if equals || list.is_some() {
            let instead = format!("agent {}: {}", agent.value, template.value);
            let found = if equals { "=" } else { "[" };
            let several = stream.peek_sign(',');
            if !several {
                self.foreign(
                    OtherSyntax::Otherwise { found: found.into(), instead },
                    sign,
                    stream.last(),
                );
            }
        }
        let mut reported = false;
        loop {
            let mut behind = *stream;
            let joined = behind
                .sign(',')
                .or_else(|| behind.sign('+'))
                .or_else(|| behind.sign('&'))
                .or_else(|| behind.sign(':').filter(|_| !peek_colons(stream)))
                .or_else(|| behind.sign('|'));
            let by_word = joined.is_none()
                && behind.continues_line()
                && behind.peek_word().is_some_and(|word| !begins_something(&word));
            if joined.is_none() && !by_word {
                break;
            }
            let first = behind.span();
            let Some((name, ..)) = hyphenated(&mut behind) else { break };
            if !reported {
                let found = OtherSyntax::SecondTemplate { template: name.to_string() };
                self.foreign(found, first, behind.last());
            }
            reported = true;
            *stream = behind;
        }
        Ok(Some(template))
    }

    /// `agent duck(talks)`, `agent duck<talks>`.
    fn template_in_parentheses(
        &mut self,
        agent: &Spanned<SmolStr>,
        stream: &mut Stream<'_>,
    ) -> Option<Spanned<SmolStr>> {
        let (first, mut behind) = (stream.span(), *stream);
        let (name, found) = match behind.group(Delimiter::Parenthesis) {
            Some(mut group) => {
                let name = self.quietly(|parser| parser.name(&mut group.inside, "a name"))?;
                group.inside.at_end().then_some((name, "("))?
            }
            None => {
                behind.sign('<')?;
                let name = self.quietly(|parser| parser.name(&mut behind, "a name"))?;
                behind.sign('>').map(|_| (name, "<"))?
            }
        };
        *stream = behind;
        let instead = format!("agent {}: {}", agent.value, name.value);
        self.foreign(OtherSyntax::Otherwise { found: found.into(), instead }, first, stream.last());
        Some(name)
    }
}
