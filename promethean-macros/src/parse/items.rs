//! Items: what is at the top of an ecosystem, and the members of templates and agents.

use proc_macro2::{Ident, Span};
use promethean_core::attribute::{Attribute, DERIVED, ITEMS, MEMBERS, STATEMENTS};
use promethean_core::declaration::{
    Agent, Block, EnvSet, External, Kind, Override, Service, Template, Unit,
};
use promethean_core::problem::Fault;
use promethean_core::span_id::Spanned;
use promethean_core::suggest::nearest;
use syn::ext::IdentExt as _;

use smol_str::SmolStr;

use super::words::{hyphenated, string};
use super::{Failed, Parsed};
use crate::stream::Stream;

/// The words that begin an item.
fn items() -> impl Iterator<Item = &'static str> {
    let kinds = Kind::ALL.iter().map(|(kind, _)| *kind);
    ITEMS.iter().map(|(item, _)| *item).chain(kinds)
}

/// Whether an item, an attribute or a statement begins with a word.
pub(super) fn begins_something(word: &str) -> bool {
    let mut statements = STATEMENTS.iter().chain(MEMBERS).chain(DERIVED).map(|(known, _)| *known);
    items().any(|item| item == word)
        || Attribute::find(word).is_some()
        || statements.any(|known| known == word)
}

impl Parsed {
    /// `ecosystem := item*`
    pub(super) fn items(&mut self, mut stream: Stream<'_>) {
        loop {
            let doc = self.docs(&mut stream);
            if stream.at_end() {
                return;
            }
            let (start, before) = (self.source.next(), self.problems.len());
            let parsed = match stream.word() {
                Some(word) => self.item(&word, &mut stream, doc),
                None => Err(self.unexpected(&stream, "an item")),
            };
            if let Err(failed) = parsed {
                failed.recover(&mut stream);
            }
            if self.problems.len() > before {
                self.damaged.push((start, self.source.next()));
            }
        }
    }

    fn item(&mut self, word: &Ident, stream: &mut Stream<'_>, doc: String) -> Result<(), Failed> {
        self.keyword(word, true);
        let keyword = word.unraw().to_string();
        match keyword.as_str() {
            "name" => {
                let name = self.name(stream, "the ecosystem's name")?;
                self.once(word, self.declaration.name.is_some());
                self.declaration.name.get_or_insert(name);
                self.end(stream, "`;`")
            }
            "root" => {
                let root = self.string(stream, "a directory in quotes")?;
                self.once(word, self.declaration.root.is_some());
                self.declaration.root.get_or_insert(root);
                self.end(stream, "`;`")
            }
            "secrets" => {
                let file = self.string(stream, "a file in quotes")?;
                self.once(word, self.declaration.secrets.is_some());
                self.declaration.secrets.get_or_insert(file);
                self.end(stream, "`;`")
            }
            "paths" => {
                if stream.the_word("unchecked").is_none() {
                    return Err(self.unexpected(stream, "`unchecked`"));
                }
                self.once(word, self.declaration.paths_unchecked);
                self.declaration.paths_unchecked = true;
                self.end(stream, "`;`")
            }
            "use" => {
                let path = self.path(stream)?;
                self.declaration.uses.push(path);
                self.end(stream, "`;`")
            }
            "include" => {
                let path = self.path(stream)?;
                self.declaration.units.push(Unit::Include(path));
                self.end(stream, "`;`")
            }
            "defaults" => {
                let group = self.braces(stream)?;
                self.once(word, !self.declaration.defaults.is_empty());
                let mut defaults = std::mem::take(&mut self.declaration.defaults);
                self.attributes(group.inside, &mut defaults, false);
                self.declaration.defaults = defaults;
                Ok(())
            }
            "env" => self.env_set(word, stream),
            "template" => self.template(stream),
            "agent" => self.agent(stream, doc),
            "external" => self.external(stream, doc),
            _ => match Kind::from_word(&keyword) {
                Some(kind) => {
                    let service = self.service(kind, stream, doc)?;
                    self.declaration.units.push(Unit::Service(service));
                    Ok(())
                }
                None => Err(self.no_item(word, stream)),
            },
        }
    }

    /// Reports an item of which there can be one.
    fn once(&mut self, word: &Ident, there: bool) {
        if there {
            let what = format!("`{}`", word.unraw());
            self.report_at(Fault::Repeated { what }, word.span(), word.span());
        }
    }

    /// Reports a word that begins no item. What it declares counts as declared.
    fn no_item(&mut self, word: &Ident, stream: &mut Stream<'_>) -> Failed {
        let mut behind = *stream;
        let declared = string(&mut behind).map(|(name, _)| name);
        if let Some(name) = declared.or_else(|| hyphenated(&mut behind).map(|(name, ..)| name)) {
            self.lost.insert(name.to_string());
        }
        let written = word.unraw().to_string();
        let statement = STATEMENTS.iter().any(|(known, _)| *known == written);
        let derived = DERIVED.iter().any(|(known, _)| *known == written);
        if statement || derived || Attribute::find(&written).is_some() {
            return self.misplaced(
                word,
                "it is an attribute: write it in a service, or in `defaults { … }` for all of them",
            );
        }
        if matches!(written.as_str(), "without" | "override") {
            return self.misplaced(word, "it belongs into an `agent`");
        }
        let meant = nearest(&written, items()).map(str::to_owned);
        self.report_at(Fault::UnknownItem { word: written, meant }, word.span(), word.span());
        Failed::Within
    }

    /// `"env" NAME "{" entry* "}"`
    fn env_set(&mut self, word: &Ident, stream: &mut Stream<'_>) -> Result<(), Failed> {
        if stream.peek_word().is_none() && stream.peek_literal().is_none() {
            return Err(self.misplaced(
                word,
                "a set has a name: `env NAME { … }`; variables for all services are written \
                 `defaults { env { … } }`",
            ));
        }
        let name = self.name(stream, "the name of the set")?;
        self.lose_on_failure(&name, |parser| {
            let group = parser.braces(stream)?;
            let entries = parser.entries(group.inside);
            let set = EnvSet { name: name.clone(), spreads: entries.spreads, env: entries.env };
            parser.declaration.sets.push(set);
            Ok(())
        })
    }

    /// `"template" NAME "{" member* "}"`
    fn template(&mut self, stream: &mut Stream<'_>) -> Result<(), Failed> {
        let name = self.name(stream, "the name of the template")?;
        self.lose_on_failure(&name, |parser| {
            let group = parser.braces(stream)?;
            let mut members = Members { in_template: true, ..Members::default() };
            parser.members(group.inside, &mut members);
            parser.declaration.templates.push(Template {
                name: name.clone(),
                block: members.block,
                services: members.services,
            });
            Ok(())
        })
    }

    /// `"agent" NAME (":" NAME)? "{" … "}"`
    fn agent(&mut self, stream: &mut Stream<'_>, doc: String) -> Result<(), Failed> {
        let name = self.name(stream, "the name of the agent")?;
        self.lose_on_failure(&name, |parser| {
            let template = match stream.sign(':') {
                Some(_) => Some(parser.name(stream, "the name of a template")?),
                None => None,
            };
            let mut members = Members::default();
            // An agent that is its template and nothing else needs no block.
            if template.is_none() || stream.sign(';').is_none() {
                let group = parser.braces(stream)?;
                parser.members(group.inside, &mut members);
            }
            parser.declaration.units.push(Unit::Agent(Agent {
                doc,
                name: name.clone(),
                template,
                block: members.block,
                without: members.without,
                overrides: members.overrides,
                services: members.services,
            }));
            Ok(())
        })
    }

    /// `"external" NAME (";" | "{" (ready | "hint" STRING ";")* "}")`
    fn external(&mut self, stream: &mut Stream<'_>, doc: String) -> Result<(), Failed> {
        let name = self.name(stream, "the name of what is needed")?;
        self.lose_on_failure(&name, |parser| {
            let mut external = External { doc, name: name.clone(), ..External::default() };
            if stream.sign(';').is_none() {
                let group = parser.braces(stream)?;
                parser.external_body(group.inside, &mut external);
            }
            parser.declaration.units.push(Unit::External(external));
            Ok(())
        })
    }

    fn external_body(&mut self, mut stream: Stream<'_>, external: &mut External) {
        loop {
            self.docs(&mut stream);
            if stream.at_end() {
                return;
            }
            if let Err(failed) = self.external_statement(&mut stream, external) {
                failed.recover(&mut stream);
            }
        }
    }

    fn external_statement(
        &mut self,
        stream: &mut Stream<'_>,
        external: &mut External,
    ) -> Result<(), Failed> {
        let Some(word) = stream.word() else {
            return Err(self.unexpected(stream, "`ready` or `hint`"));
        };
        self.keyword(&word, false);
        match word.unraw().to_string().as_str() {
            "ready" => {
                self.once(&word, external.ready.is_some());
                external.ready = Some(self.probe(stream)?);
                Ok(())
            }
            "hint" => {
                self.once(&word, external.hint.is_some());
                external.hint = Some(self.string(stream, "a hint in quotes")?);
                self.end(stream, "`;`")
            }
            other => {
                let belongs = match nearest(other, ["ready", "hint"]) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => {
                        "an external is not started: it can only have `ready` and `hint`".to_owned()
                    }
                };
                Err(self.misplaced(&word, &belongs))
            }
        }
    }

    /// `service := KIND NAME STRING? (";" | "{" attribute* "}")`, behind the kind.
    fn service(
        &mut self,
        kind: Kind,
        stream: &mut Stream<'_>,
        doc: String,
    ) -> Result<Service, Failed> {
        let name = self.name(stream, "the name of the service")?;
        let directory = string(stream)
            .map(|(text, span): (SmolStr, Span)| Spanned::new(text, self.source.add(span, span)));
        let mut service = Service { doc, kind, name, directory, block: Block::default() };
        let name = service.name.clone();
        self.lose_on_failure(&name, |parser| {
            if stream.sign(';').is_some() {
                return Ok(service);
            }
            if stream.at_end() || stream.peek_word().is_some() || stream.peek_sign('#') {
                parser.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
                return Ok(service);
            }
            let group = parser.service_block(stream)?;
            parser.attributes(group, &mut service.block, false);
            Ok(service)
        })
    }

    fn service_block<'c>(&mut self, stream: &mut Stream<'c>) -> Result<Stream<'c>, Failed> {
        use proc_macro2::Delimiter::{Brace, Bracket, Parenthesis};
        let block = stream.peek_group(Brace)
            || stream.peek_group(Bracket)
            || stream.peek_group(Parenthesis)
            || stream.peek_sign('<');
        match block {
            true => Ok(self.braces(stream)?.inside),
            false => Err(self.unexpected(stream, "a directory in quotes, `;` or a block")),
        }
    }

    /// Parses the rest of what declares a name; where that fails, the name is not reported as
    /// unknown elsewhere.
    fn lose_on_failure<T>(
        &mut self,
        name: &Spanned<SmolStr>,
        parse: impl FnOnce(&mut Parsed) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let parsed = parse(self);
        if parsed.is_err() {
            self.lost.insert(name.to_string());
        }
        parsed
    }

    /// `member*`, and in an agent `without` and `override`.
    fn members(&mut self, mut stream: Stream<'_>, members: &mut Members) {
        loop {
            let doc = self.docs(&mut stream);
            if stream.at_end() {
                return;
            }
            let parsed = match stream.word() {
                Some(word) => self.member(&word, &mut stream, doc, members),
                None => Err(self.unexpected(&stream, "a service or an attribute")),
            };
            if let Err(failed) = parsed {
                failed.recover(&mut stream);
            }
        }
    }

    fn member(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        members: &mut Members,
    ) -> Result<(), Failed> {
        self.keyword(word, false);
        let keyword = word.unraw().to_string();
        match keyword.as_str() {
            "without" if !members.in_template => {
                let name = self.name(stream, "the name of a service of the template")?;
                members.without.push(name);
                self.end(stream, "`;`")
            }
            "override" if !members.in_template => {
                let service = self.name(stream, "the name of a service of the template")?;
                let group = self.braces(stream)?;
                let mut change = Override { service, block: Block::default() };
                self.attributes(group.inside, &mut change.block, false);
                members.overrides.push(change);
                Ok(())
            }
            _ => match Kind::from_word(&keyword) {
                Some(kind) => {
                    let service = self.service(kind, stream, doc)?;
                    members.services.push(service);
                    Ok(())
                }
                None => self.attribute(word, stream, &mut members.block, false),
            },
        }
    }
}

/// The members of a template or an agent.
#[derive(Default)]
struct Members {
    in_template: bool,
    block: Block,
    services: Vec<Service>,
    without: Vec<Spanned<SmolStr>>,
    overrides: Vec<Override>,
}
