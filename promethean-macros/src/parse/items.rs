//! Items: what is at the top of an ecosystem, and the members of templates and agents.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::attribute::{Attribute, DERIVED, ExpressionType, ITEMS, MEMBERS, STATEMENTS};
use promethean_core::check::address_in;
use promethean_core::declaration::{
    Agent, Block, EnvSet, External, Kind, Override, Service, Template, Unit,
};
use promethean_core::other_tools::{self, Place, Row, Written};
use promethean_core::problem::{Fault, MisplacedBrace, OtherSyntax};
use promethean_core::span_id::{SpanId, Spanned};
use promethean_core::suggest::{is_static, nearest, parts};
use promethean_core::value::Value;
use syn::ext::IdentExt as _;

use smol_str::SmolStr;

use super::blocks::{Within, is_attribute_too};
use super::links::{self, is_path};
use super::references::Reference;
use super::values::Slot;
use super::words::{Opener, hyphenated, peek_colons, string};
use super::{Failed, Parsed};
use crate::host;
use crate::stream::{Stream, chunks, text_of};

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

/// Whether an item begins with a word.
pub(super) fn begins_item(word: &str) -> bool {
    items().any(|item| item == word)
}

/// Whether a statement is next: a word that begins one, and what can follow it.
pub(super) fn begins_statement(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let Some(word) = behind.word() else { return false };
    begins_something(&word.unraw().to_string()) && !behind.peek_sign(',')
}

/// Whether a word is an attribute or a statement of a block.
fn is_attribute(word: &str) -> bool {
    STATEMENTS.iter().chain(DERIVED).any(|(known, _)| *known == word)
        || Attribute::find(word).is_some()
}

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
                None => self.no_item_word(&mut stream),
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
    fn no_item_word(&mut self, stream: &mut Stream<'_>) -> Result<(), Failed> {
        let first = *stream;
        if let Some(group) = stream.group(Delimiter::Brace) {
            let mut key = group.inside;
            if key.any().is_some() && behind_is_colon(&key) {
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
        if stream.group(Delimiter::Bracket).is_some() {
            let written = text_of(&first.tokens_to(stream));
            self.foreign(OtherSyntax::Section { written }, first.span(), stream.last());
            // What follows are the keys of the section.
            let before = *stream;
            while stream.peek_word().is_some_and(|word| !begins_item(&word)) {
                let start = stream.start();
                stream.skip_foreign(start);
            }
            self.lose(&before, stream);
            return Ok(());
        }
        Err(self.no_statement(stream, "an item"))
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
    fn item_as(
        &mut self,
        keyword: &str,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) -> Result<(), Failed> {
        self.keyword(word, true);
        match keyword {
            "name" => {
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
    fn once(&mut self, word: &Ident, there: bool) {
        if there {
            let what = format!("`{}`", word.unraw());
            self.report_at(Fault::Repeated { what }, word.span(), word.span());
        }
    }

    /// Reports a word that begins no item, and reads what was meant where that is known.
    fn no_item(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) -> Result<(), Failed> {
        let written = word.unraw().to_string();
        let (problems, before) = (self.problems.len(), *stream);
        // `environment common { … }`
        let variables =
            ["environment", "variables", "vars", "envvars", "environ", "envs", "envset"];
        if nearest(&written, variables).is_some_and(|_| written.len() > 3)
            && !begins_something(&written)
            && { *stream }.word().is_some()
            && stream.peek_block()
        {
            let name = { *stream }.word().map(|name| name.to_string()).unwrap_or_default();
            let help = format!("write `env {name} {{ … }}`");
            let fault = Fault::OtherTool { what: "item", word: written, tool: "", help };
            self.report_at(fault, word.span(), word.span());
            return self.env_set(word, stream, start);
        }
        // `export PORT=80`
        if matches!(written.as_str(), "export" | "set" | "setenv") {
            let mut behind = *stream;
            if behind.word().is_some() && behind.peek_sign('=') {
                return self.env_set(word, stream, start);
            }
        }
        if is_before_kind(&written, stream) {
            return self.service_behind_a_word(word, stream, doc);
        }
        if let Some(instead) = imported(&written, stream) {
            let found = OtherSyntax::Otherwise { found: written, instead };
            self.foreign(found, word.span(), word.span());
            if is_path(*stream) {
                let path = self.path(stream)?;
                self.declaration.uses.push(path);
                return self.end(stream, "`;`");
            }
            stream.skip_foreign(start);
            self.lose(&before, stream);
            return Ok(());
        }
        if let Some(row) = other_tools::find(&written, |place| place == Place::Item)
            && !(is_shaped_as_service(stream) && kind_of(&written).is_some())
        {
            self.other_tool("item", &written, row, word.span(), None);
            stream.skip_foreign(start);
            self.lose(&before, stream);
            return Ok(());
        }
        if behind_is_colon(stream) || stream.peek_sign('=') {
            self.line_of_another_tool(word, stream, start);
            return Ok(());
        }
        if matches!(written.as_str(), "without" | "override") {
            return Err(self.misplaced(word, "it belongs into an `agent`"));
        }
        if written == "hint" {
            return Err(self.misplaced(word, "it belongs into an `external`"));
        }
        if let Some(row) = kind_of(&written) {
            return self.service_of_another_tool(row, word, stream, doc);
        }
        if let Some(row) = other_tools::attribute(&written) {
            self.other_tool("item", &written, row, word.span(), None);
            stream.skip_foreign(start);
            self.lose(&before, stream);
            return Ok(());
        }
        let meant = nearest(&written, items()).map(str::to_owned);
        if meant.is_none()
            && let Some(row) = other_tools::nearest_word(&written, |place| {
                matches!(place, Place::Item | Place::Kind(_))
            })
        {
            if let Place::Kind(_) = row.place {
                return self.service_of_another_tool(row, word, stream, doc);
            }
            self.other_tool("item", &written, row, word.span(), None);
            stream.skip_foreign(start);
            self.lose(&before, stream);
            return Ok(());
        }
        // `voice "services/voice";`: the kind is missing.
        if meant.is_none() && stream.peek_literal().is_some() {
            self.service_without_kind(word, stream, doc, start);
            return Ok(());
        }
        let fault = Fault::UnknownItem { word: written.clone(), meant: meant.clone() };
        self.report_at(fault, word.span(), word.span());
        if let Some(meant) = meant {
            if self.item_as(&meant, word, stream, doc, start).is_ok() {
                return Ok(());
            }
            // What was meant is something else after all.
            self.problems.truncate(problems + 1);
            self.lost_root |= meant == "root";
            *stream = before;
        } else if is_shaped_as_service(stream) {
            return self.service_of_no_kind(word, Kind::Script, stream, doc);
        }
        stream.skip_foreign(start);
        self.lose(&before, stream);
        Ok(())
    }

    fn other_tool(
        &mut self,
        what: &'static str,
        word: &str,
        row: &Row,
        span: Span,
        service: Option<(&str, Option<&str>)>,
    ) {
        let written = Written {
            word,
            name: service.map(|(name, _)| name),
            directory: service.and_then(|(_, directory)| directory),
            ..Written::default()
        };
        let help = row.help(&written);
        let fault = Fault::OtherTool { what, word: word.to_owned(), tool: row.tool, help };
        self.report_at(fault, span, span);
    }

    /// A service whose kind is a word of another tool.
    fn service_of_another_tool(
        &mut self,
        row: &'static Row,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
    ) -> Result<(), Failed> {
        let mut behind = *stream;
        let name = string(&mut behind)
            .map(|(name, _)| name)
            .or_else(|| hyphenated(&mut behind).map(|(name, ..)| name));
        let directory = string(&mut behind).map(|(directory, _)| directory);
        let service = name.as_deref().map(|name| (name, directory.as_deref()));
        self.other_tool("kind of service", &word.unraw().to_string(), row, word.span(), service);
        let Place::Kind(kind) = row.place else { return Err(Failed::Within) };
        if !is_shaped_as_service(stream) {
            return Err(Failed::Within);
        }
        self.service_of_no_kind(word, kind, stream, doc)
    }

    /// `service node api "services/api";`: the word before the kind is one too many.
    fn service_behind_a_word(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
    ) -> Result<(), Failed> {
        let line = stream.end_of_line();
        let end = if line.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
        let instead = format!("{}{end}", text_of(&stream.tokens_to(&line)));
        let found = OtherSyntax::Otherwise { found: word.unraw().to_string(), instead };
        self.foreign(found, word.span(), word.span());
        let Some(keyword) = stream.word() else { return Err(Failed::Within) };
        let Some(kind) = Kind::from_word(&keyword.to_string()) else { return Err(Failed::Within) };
        let service = self.service(kind, &keyword, stream, doc)?;
        self.strays.push(service);
        Ok(())
    }

    /// `voice "services/voice" { … }`: reports the kind that is missing, and declares the service.
    fn service_without_kind(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) {
        let (name, before) = (word.unraw().to_string(), *stream);
        let directory =
            string(stream).map(|(text, span)| Spanned::new(text, self.source.add(span, span)));
        let written = directory.as_ref().map(|directory| format!(" {:?}", directory.value));
        let instead = format!("node {name}{};", written.unwrap_or_default());
        let found = OtherSyntax::NoKind { name: name.clone(), instead };
        self.foreign(found, word.span(), word.span());
        let name = Spanned::new(name.into(), self.source.add(word.span(), word.span()));
        let kind = Kind::Script;
        self.strays.push(Service { doc, kind, name, directory, block: Block::default() });
        stream.skip_foreign(start);
        self.lose(&before, stream);
    }

    /// A service whose kind has been reported. What does not fit the kind that it gets is not.
    fn service_of_no_kind(
        &mut self,
        word: &Ident,
        kind: Kind,
        stream: &mut Stream<'_>,
        doc: String,
    ) -> Result<(), Failed> {
        let (from, problems) = (self.source.next(), self.problems.len());
        let service = self.service(kind, word, stream, doc);
        // What is in it may mean something else there.
        self.problems.truncate(problems);
        let service = service?;
        self.of_other_kinds.push((from, self.source.next()));
        self.strays.push(service);
        Ok(())
    }

    /// `web: npm start` of a Procfile, `PORT=80`, `web:` of YAML.
    fn line_of_another_tool(&mut self, word: &Ident, stream: &mut Stream<'_>, start: Span) {
        let name = word.unraw().to_string();
        let before = *stream;
        let is_variable = stream.peek_sign('=')
            || name.len() > 1
                && name.chars().all(|letter| matches!(letter, 'A'..='Z' | '0'..='9' | '_'));
        if is_variable {
            let span_id = self.source.add(word.span(), word.span());
            self.variables_outside(&Spanned::new(name.into(), span_id), stream, start, true);
            return;
        }
        let mut behind = *stream;
        behind.any();
        let line = behind.end_of_line();
        let command = text_of(&behind.tokens_to(&line));
        let words: Vec<String> =
            chunks(&behind.tokens_to(&line)).iter().map(|chunk| text_of(chunk)).collect();
        let words: Vec<&str> = words.iter().map(|word| word.trim_matches('"')).collect();
        let program = words.first().copied().unwrap_or_default();
        let kind = match program {
            "npm" | "node" | "bun" => Kind::Node,
            "python" | "python3" => Kind::Python,
            _ => Kind::Script,
        };
        let statements = other_tools::command(kind, &words).filter(|_| !command.is_empty());
        let (written, statements) = match statements {
            Some(statements) if behind.continues_line() => {
                (format!("{name}: {command}"), statements)
            }
            _ => (format!("{name}:"), "run \"./program\";".to_owned()),
        };
        let instead = format!("{} {name} \"directory\" {{ {statements} }}", kind.word());
        self.foreign(OtherSyntax::CommandLine { written, instead }, word.span(), word.span());
        self.lost.insert(name);
        stream.skip_foreign(start);
        // More lines of the same sort belong to the same mistake.
        loop {
            let mut next = *stream;
            let is_line = next.word().is_some_and(|word| !begins_item(&word.to_string()));
            if !is_line || !behind_is_colon(&next) {
                break;
            }
            let start = stream.start();
            stream.skip_foreign(start);
        }
        self.lose(&before, stream);
    }

    /// `"env" NAME "{" entry* "}"`
    fn env_set(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        start: Span,
    ) -> Result<(), Failed> {
        if stream.peek_word().is_none() && stream.peek_literal().is_none() {
            return Err(self.misplaced(
                word,
                "a set has a name: `env NAME { … }`; variables for all services are written \
                 `defaults { env { … } }`",
            ));
        }
        // `env PORT = 80;`
        let mut behind = *stream;
        if let Some(key) = behind.word().map(|key| key.to_string())
            && (behind.peek_sign('=') || behind.peek_literal().is_some())
        {
            let mut value = behind;
            value.sign('=');
            if !value.peek_group(Delimiter::Brace) {
                let span_id = self.source.add(stream.span(), stream.span());
                *stream = behind;
                self.variables_outside(&Spanned::new(key.into(), span_id), stream, start, true);
                return Ok(());
            }
        }
        let name = self.declared_name(stream, "env", "the name of the set")?;
        self.lose_on_failure(&name, |parser| {
            let opener = Opener { keyword: "env", name: &name, start, without_block: false };
            let group = parser.braces(stream, opener)?;
            let entries = parser.entries(group.inside);
            let set = EnvSet { name: name.clone(), spreads: entries.spreads, env: entries.env };
            parser.declaration.sets.push(set);
            Ok(())
        })
    }

    /// `"template" NAME "{" member* "}"`
    fn template(&mut self, stream: &mut Stream<'_>, start: Span) -> Result<(), Failed> {
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

    /// `"agent" NAME (":" NAME)? "{" … "}"`
    fn agent(&mut self, stream: &mut Stream<'_>, doc: String, start: Span) -> Result<(), Failed> {
        let name = self.declared_name(stream, "agent", "the name of the agent")?;
        self.lose_on_failure(&name, |parser| {
            let template = match parser.template_by_path(&name, stream) {
                Some(template) => Some(template),
                None => parser.template_of_agent(&name, stream)?,
            };
            // `agent duck: bot();`
            let mut behind = *stream;
            if let Some(template) = &template
                && behind.group(Delimiter::Parenthesis).is_some()
                && (behind.peek_sign(';') || behind.peek_group(Delimiter::Brace))
            {
                let end = if behind.peek_sign(';') { ";" } else { " { … }" };
                let instead = format!("agent {}: {}{end}", name.value, template.value);
                let found = OtherSyntax::Otherwise { found: "(".into(), instead };
                parser.foreign(found, stream.span(), stream.span());
                *stream = behind;
            }
            let mut members = Members::default();
            let without_block = template.is_some();
            let opener = Opener { keyword: "agent", name: &name, start, without_block };
            // An agent that is its template and nothing else needs no block.
            if template.is_none() || stream.sign(';').is_none() {
                if stream.at_end() && without_block {
                    parser.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
                } else {
                    match parser.braces(stream, opener) {
                        Ok(group) => parser.members(group.inside, &mut members, opener),
                        // The agent is there all the same.
                        Err(Failed::Behind) => {}
                        Err(failed) => return Err(failed),
                    }
                }
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

    /// The path of an ecosystem, behind `use` or `include`.
    fn ecosystem(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
    ) -> Result<Spanned<SmolStr>, Failed> {
        let keyword = word.unraw().to_string();
        self.no_sign(&keyword, stream);
        let (raw, ahead) = stream.rest_of_statement();
        if raw.text.is_empty() || is_path(*stream) {
            return self.path(stream);
        }
        let instead = links::instead(&keyword, &raw.text);
        let (first, last) = raw.place(0, raw.text.len()).unwrap_or((word.span(), word.span()));
        *stream = ahead;
        let _ = stream.sign(';');
        self.report_at(Fault::NotAnEcosystem { written: raw.text, instead }, first, last);
        Err(Failed::Behind)
    }

    /// The `;` behind an ecosystem; it has no block.
    fn end_of_ecosystem(&mut self, statement: &str, stream: &mut Stream<'_>) -> Result<(), Failed> {
        let Some(group) = stream.group(Delimiter::Brace) else { return self.end(stream, "`;`") };
        let instead = format!("{statement};");
        let found = OtherSyntax::Otherwise { found: "{".into(), instead };
        self.foreign(found, group.open, group.open);
        let _ = stream.sign(';');
        Ok(())
    }

    /// `: base::BASE.bot`, the template of another file by its path.
    fn template_by_path(
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

    /// A service of the template or the agent, behind `without` or `override`.
    fn service_of_template(&mut self, stream: &mut Stream<'_>) -> Result<Spanned<SmolStr>, Failed> {
        if let Some(odd) = self.no_name(stream) {
            return Ok(odd);
        }
        self.name(stream, "the name of a service of the template")
    }

    /// `(":" NAME)?`, with answers for those who write it as other languages do, or several.
    fn template_of_agent(
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

    /// `"external" NAME (";" | "{" (listen | ready | "hint" STRING ";")* "}")`
    fn external(
        &mut self,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) -> Result<(), Failed> {
        let name = self.declared_name(stream, "external", "the name of what is needed")?;
        let mut external = External { doc, name: name.clone(), ..External::default() };
        let opener = Opener { keyword: "external", name: &name, start, without_block: true };
        let mut behind = Ok(());
        if stream.peek_sign(',') {
            self.declaration.units.push(Unit::External(external));
            while let Some(name) = self.listed("external", stream) {
                let external = External { name, ..External::default() };
                self.declaration.units.push(Unit::External(external));
            }
            return self.end(stream, "`;`");
        }
        if stream.at_end() || stream.peek_sign('#') {
            self.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
        } else if let Some(word) = stream.peek_word()
            && stream.continues_line()
            && begins_item(&word)
        {
            self.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
        } else if stream.peek_literal().is_some() || peek_probe(stream) {
            behind = Err(self.probe_of_external(&name, stream));
        } else if stream.sign(';').is_none() {
            match self.braces(stream, opener) {
                Ok(group) => self.external_body(group.inside, &mut external),
                Err(failed) => behind = Err(failed),
            }
        }
        // Whatever it has, it is there.
        self.declaration.units.push(Unit::External(external));
        behind
    }

    /// `external db "127.0.0.1:27017";`, `external db ready tcp "…";`
    fn probe_of_external(&mut self, name: &SmolStr, stream: &mut Stream<'_>) -> Failed {
        let (first, line) = (stream.span(), stream.end_of_line());
        let found = text_of(&stream.tokens_to(&line));
        let quoted = found.find('"').and_then(|at| found.get(at..));
        let number = found.find(|letter: char| letter.is_ascii_digit());
        let literal = quoted.or_else(|| number.and_then(|at| found.get(at..)));
        let instead = format!("external {name} {{ {} }}", probe_of(literal.unwrap_or_default()));
        let found = match found.starts_with('"') {
            true => found,
            false => stream.found().trim_matches('`').to_owned(),
        };
        self.foreign(OtherSyntax::Otherwise { found, instead }, first, first);
        Failed::Within
    }

    fn external_body(&mut self, mut stream: Stream<'_>, external: &mut External) {
        let mut reported = false;
        loop {
            self.docs(&mut stream);
            if stream.at_end() {
                return;
            }
            let (start, before) = (stream.start(), self.problems.len());
            if self.superfluous(&mut stream, reported) {
                continue;
            }
            self.before_statement = self.problems.len();
            if let Err(failed) = self.external_statement(&mut stream, external, start) {
                self.recover(&failed, &mut stream, start);
            }
            reported = self.problems.len() > before;
        }
    }

    fn external_statement(
        &mut self,
        stream: &mut Stream<'_>,
        external: &mut External,
        start: Span,
    ) -> Result<(), Failed> {
        let Some(word) = stream.word() else {
            return Err(self.no_statement(stream, "`listen`, `ready` or `hint`"));
        };
        self.keyword(&word, false);
        let written = word.unraw().to_string();
        let known = ["listen", "ready", "hint"];
        let meant = match known.contains(&written.as_str()) {
            true => Some(written.as_str()),
            false => nearest(&written, known),
        };
        if let Some(meant) = meant.filter(|meant| *meant != written) {
            let belongs = format!("did you mean `{meant}`?");
            self.misplaced(&word, &belongs);
        }
        match meant {
            Some("listen") => {
                external.listen.push(self.listen(stream)?);
                Ok(())
            }
            Some("ready") => {
                self.once(&word, external.ready.is_some());
                external.ready = Some(self.probe(stream)?);
                Ok(())
            }
            Some(_) => {
                self.once(&word, external.hint.is_some());
                external.hint = Some(self.string(stream, "hint", "a hint in quotes")?);
                self.end(stream, "`;`")
            }
            None => {
                let row = other_tools::attribute(&written);
                match (written.as_str(), row) {
                    ("description" | "message" | "note" | "help" | "comment" | "doc", _) => {
                        self.misplaced(&word, "write `hint \"how to start it\";`");
                    }
                    ("port" | "host" | "url" | "address" | "ports", _) => {
                        let mut behind = *stream;
                        let _ = behind.sign(':').or_else(|| behind.sign('='));
                        let literal = behind.peek_literal().map(|literal| literal.to_string());
                        let probe = probe_of(&literal.unwrap_or_default());
                        self.misplaced(&word, &format!("write `{probe}`"));
                    }
                    (_, Some(row)) => {
                        let slot = Slot { key: "ready", kind: ExpressionType::Text, many: true };
                        let mut behind = *stream;
                        let _ = behind.sign(':').or_else(|| behind.sign('='));
                        let values = self.quietly(|parser| parser.values(&mut behind, slot));
                        let values: Vec<Value> = values
                            .unwrap_or_default()
                            .into_iter()
                            .map(|value| value.value)
                            .collect();
                        let help = row.help(&Written {
                            word: &written,
                            values: &values,
                            ..Written::default()
                        });
                        let help = match help.contains("`ready ") || help.contains("container") {
                            true => help,
                            false => NOT_STARTED.to_owned(),
                        };
                        let fault = Fault::OtherTool {
                            what: "statement of an external",
                            word: written,
                            tool: row.tool,
                            help,
                        };
                        self.report_at(fault, word.span(), word.span());
                    }
                    (_, None) => drop(self.misplaced(&word, NOT_STARTED)),
                }
                let before = *stream;
                stream.skip_foreign(start);
                self.lose(&before, stream);
                Ok(())
            }
        }
    }

    /// `service := KIND NAME STRING? (";" | "{" attribute* "}")`, behind the kind.
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
        let directory = self.directory(kind, &name, stream);
        let mut service =
            Service { doc, kind, name: name.clone(), directory, block: Block::default() };
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

    /// The directory of a service, with answers for those who write it as other languages do.
    fn directory(
        &mut self,
        kind: Kind,
        name: &SmolStr,
        stream: &mut Stream<'_>,
    ) -> Option<Spanned<SmolStr>> {
        let service = format!("{} {name}", kind.word());
        let mut behind = *stream;
        let first = behind.span();
        // `node web: "dir"`, `node web = "dir"`, `node web, "dir"`, `node web in "dir"`.
        let by_word = behind
            .peek_word()
            .filter(|word| {
                matches!(
                    word.as_str(),
                    "in" | "at" | "from" | "dir" | "cwd" | "path" | "directory" | "folder" | "on"
                ) && stream.continues_line()
            })
            .inspect(|_| drop(behind.word()));
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
            let is_plain = string(&mut { *stream }).is_some();
            if by_word.is_some() || group.is_some() || !is_plain {
                let found = stream.found().trim_matches('`').to_owned();
                let instead = format!("{service} {:?}", directory.value);
                self.foreign(OtherSyntax::Otherwise { found, instead }, first, first);
            }
            *stream = behind;
            self.second_string(&service, kind, &directory, stream);
            return Some(directory);
        }
        // `node web services/web;`
        let is_path = ['.', '/', '~'].iter().any(|sign| stream.peek_sign(*sign))
            || stream.peek_word().is_some_and(|word| {
                let mut behind = *stream;
                behind.word();
                !begins_something(&word) || behind.peek_sign('/') && behind.adjoins()
            });
        if is_path && stream.continues_line() {
            let (first, end) = (stream.span(), stream.end_of_value());
            let written = text_of(&stream.tokens_to(&end));
            *stream = end;
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
        self.no_sign_before_block(opener, stream);
        let block = stream.peek_group(Brace)
            || stream.peek_group(Bracket)
            || stream.peek_group(Parenthesis)
            || stream.peek_sign('<');
        match block {
            true => Ok(self.braces(stream, opener)?.inside),
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
    fn members(&mut self, mut stream: Stream<'_>, members: &mut Members, opener: Opener<'_>) {
        let (mut reported, mut in_other_block) = (false, false);
        loop {
            let doc = self.docs(&mut stream);
            if stream.at_end() {
                return;
            }
            let (start, before) = (stream.start(), self.problems.len());
            if self.superfluous(&mut stream, reported) {
                continue;
            }
            self.before_statement = self.problems.len();
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
                None => Err(self.no_statement(&mut stream, "a service or an attribute")),
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
        self.keyword(word, false);
        let mut keyword = word.unraw().to_string();
        let known = matches!(keyword.as_str(), "without" | "override")
            || Kind::from_word(&keyword).is_some()
            || is_attribute(&keyword);
        if !known && is_before_kind(&keyword, stream) {
            return self.service_behind_a_word(word, stream, doc);
        }
        let row = kind_of(&keyword).filter(|_| is_shaped_as_service(stream));
        if !known && let Some(row) = row {
            return self.service_of_another_tool(row, word, stream, doc);
        }
        // `voice: node index.js`
        let mut command = *stream;
        command.sign(':');
        if !known
            && behind_is_colon(stream)
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
                let opener =
                    Opener { keyword: "override", name: &name, start, without_block: false };
                let group = self.braces(stream, opener)?;
                let mut change = Override { service, block: Block::default() };
                let within = Within { opener, kind: None, in_profile: false, directory: None };
                self.attributes(group.inside, &mut change.block, within);
                members.overrides.push(change);
                Ok(())
            }
            // `voice "services/voice" { … }`
            _ if !known && other_tools::attribute(&keyword).is_none() && {
                let mut behind = *stream;
                string(&mut behind).is_some() && behind.peek_group(Delimiter::Brace)
            } =>
            {
                self.service_without_kind(word, stream, doc, start);
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
}

/// Whether a probe is next, without the block that it belongs in.
fn peek_probe(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let _ = behind.sign(':').or_else(|| behind.sign('='));
    let words = ["ready", "tcp", "http", "at", "on", "url", "host", "port"];
    stream.continues_line()
        && (behind.peek_literal().is_some()
            || behind.peek_word().is_some_and(|word| words.contains(&word.as_str())))
}

/// The probe that tries what was written: a port, an address or a URL.
fn probe_of(literal: &str) -> String {
    let written = literal.trim_start_matches('"').split(['"', ' ']).next().unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (kind, address) = match written {
        url if url.starts_with("http://") || url.starts_with("https://") => {
            ("http", url.to_owned())
        }
        url if url.contains("://") => {
            let address = address_in(url).unwrap_or_else(|| "127.0.0.1:27017".to_owned());
            ("tcp", address)
        }
        ports if ports.split(':').all(is_number) => {
            let port = ports.rsplit(':').next().unwrap_or_default();
            ("tcp", format!("127.0.0.1:{port}"))
        }
        address if address.contains(':') => ("tcp", address.to_owned()),
        _ => ("tcp", "127.0.0.1:27017".to_owned()),
    };
    format!("ready {kind} {address:?};")
}

/// What an external can have.
const NOT_STARTED: &str =
    "an external is not started: it can only have `listen`, `ready` and `hint`";

/// The row of a word that another tool has for a kind of service.
fn kind_of(word: &str) -> Option<&'static Row> {
    other_tools::find(word, |place| matches!(place, Place::Kind(_)))
}

/// `import infra::INFRA;`, `from infra import INFRA;`: the ecosystem as it is used here.
fn imported(word: &str, stream: &Stream<'_>) -> Option<String> {
    if !matches!(word, "import" | "from" | "require" | "using" | "extern") {
        return None;
    }
    let (raw, _) = stream.rest_of_statement();
    let mut path: Vec<&str> =
        parts(&raw.text).into_iter().filter(|part| !matches!(*part, "import" | "from")).collect();
    let end = path.iter().position(|part| is_static(part)).filter(|end| *end > 0)?;
    path.truncate(end + 1);
    Some(format!("use {};", path.join("::")))
}

/// Whether a word stands before a kind and a name: `service node api`.
fn is_before_kind(word: &str, stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let is_kind = behind.word().is_some_and(|kind| Kind::from_word(&kind.to_string()).is_some());
    kind_of(word).is_some()
        && is_kind
        && behind.continues_line()
        && (behind.peek_word().is_some() || behind.peek_literal().is_some())
        && is_shaped_as_service(&behind)
}

/// Whether the name of a service is next, and what can follow it.
fn is_shaped_as_service(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let name = string(&mut behind).is_some() || hyphenated(&mut behind).is_some();
    name && (behind.peek_literal().is_some()
        || behind.peek_sign(';')
        || behind.peek_group(Delimiter::Brace))
}

/// Whether `:` is next, and not `::`.
fn behind_is_colon(stream: &Stream<'_>) -> bool {
    stream.peek_sign(':') && !peek_colons(stream)
}

/// Whether a word that is an attribute begins something else at the top: `web: npm start`,
/// `module.exports`, `cron backup { … }`.
fn is_something_else(word: &str, stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    behind.word();
    let mut name = behind;
    behind.peek_sign('.')
        || behind_is_colon(&behind) && kind_of(word).is_some()
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

/// The members of a template or an agent.
#[derive(Default)]
struct Members {
    in_template: bool,
    block: Block,
    services: Vec<Service>,
    without: Vec<Spanned<SmolStr>>,
    overrides: Vec<Override>,
}
