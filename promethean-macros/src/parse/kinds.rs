//! Services whose kind is missing, or is a word of another tool.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::attribute::Attribute;
use promethean_core::declaration::{Kind, Service};
use promethean_core::other_tools::{self, Place, Row};
use promethean_core::problem::OtherSyntax;
use promethean_core::reference::written_name;
use promethean_core::span_id::Spanned;
use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use super::templates::skip_made_from;
use super::words::{hyphenated, peek_colon, rest_of_name, string};
use super::{Failed, Parsed};
use crate::stream::{Stream, text_of};

/// Words for a kind of service that are names of services as often.
const NAMES_TOO: [&str; 8] =
    ["api", "app", "backend", "client", "frontend", "server", "web", "worker"];

/// A service that says everything but its kind: `web "services/web" { … }`.
pub(super) struct WithoutKind {
    name: SmolStr,
    first: Span,
    last: Span,
    /// `: mcp`
    made_from: String,
    directory: Option<(SmolStr, Span)>,
    has_block: bool,
    /// The kind that its directory or its attributes show.
    kind: Option<Kind>,
}

impl WithoutKind {
    /// The service that begins with a word, `stream` being behind it.
    pub(super) fn find(word: &Ident, stream: &Stream<'_>) -> Option<WithoutKind> {
        let (mut behind, mut name) = (*stream, word.unraw().to_string());
        rest_of_name(&mut name, &mut behind);
        let last = if behind.is_at(stream) { word.span() } else { behind.last() };
        WithoutKind::named(name.into(), (word.span(), last), behind)
    }

    /// The same with a name in quotes, of which the stream is in front.
    pub(super) fn find_quoted(stream: &Stream<'_>) -> Option<WithoutKind> {
        let mut behind = *stream;
        let (name, span) = string(&mut behind)?;
        WithoutKind::named(name, (span, span), behind)
    }

    fn named(
        name: SmolStr,
        (first, last): (Span, Span),
        mut behind: Stream<'_>,
    ) -> Option<WithoutKind> {
        let before = behind;
        if peek_colon(&behind) {
            skip_made_from(&mut behind);
        }
        let made_from = text_of(&before.tokens_to(&behind));
        let directory = match behind.continues_line() {
            true => string(&mut behind),
            false => None,
        };
        let mut block = behind;
        let block = block.group(Delimiter::Brace);
        let of_program = || block.as_ref().and_then(|block| kind_of_attributes(block.inside));
        let of_file = || directory.as_ref().and_then(|(directory, _)| kind_of_file(directory));
        let kind = of_program().or_else(of_file);
        let has_block = block.is_some();
        let ends = behind.peek_sign(';') || behind.at_end() || behind.on_next_line();
        // What has no directory is a service only if it has what only a service has.
        let is_service = match (&directory, made_from.is_empty()) {
            (Some(_), true) => has_block || ends,
            (Some(_), false) => has_block,
            (None, _) => has_block && (kind.is_some() || NAMES_TOO.contains(&name.as_str())),
        };
        is_service.then_some(WithoutKind {
            name,
            first,
            last,
            made_from,
            directory,
            has_block,
            kind,
        })
    }

    /// Whether the word can only be the name, whatever it means as a kind or an item.
    pub(super) fn is_clear(&self) -> bool {
        let name = self.name.as_str();
        let is_name = kind_of(name).is_none() || NAMES_TOO.contains(&name);
        let Some((directory, _)) = &self.directory else { return is_name };
        let last = last_of_path(directory);
        last.unwrap_or(directory) == name
            || is_name && !self.made_from.is_empty()
            || last.is_some() && NAMES_TOO.contains(&name)
    }

    pub(super) fn has_block(&self) -> bool {
        self.has_block
    }

    /// The service as it is to be written.
    fn instead(&self) -> String {
        let kind = self.kind.unwrap_or(Kind::Node);
        let mut written = format!("{} {}", kind.word(), written_name(&self.name));
        written.push_str(&self.made_from);
        let end = if self.has_block { " { … }" } else { ";" };
        let Some((path, _)) = &self.directory else { return written + end };
        // `mail "services/mail/main.py";`
        if !self.has_block && kind_of_file(path).is_some() {
            let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
            let file = if kind == Kind::Script { format!("./{file}") } else { file.to_owned() };
            let statements = other_tools::command(kind, &[&file]).unwrap_or_default();
            let directory = match directory.trim_matches('.') {
                "" => String::new(),
                _ => format!(" {directory:?}"),
            };
            return format!("{written}{directory} {{ {statements} }}");
        }
        format!("{written} {path:?}{end}")
    }
}

impl Parsed {
    /// Reports the kind that is missing, and declares the service.
    pub(super) fn service_without_kind(
        &mut self,
        found: WithoutKind,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) {
        let fault = OtherSyntax::NoKind {
            name: found.name.to_string(),
            instead: found.instead(),
            is_shown: found.kind.is_some(),
        };
        self.foreign(fault, found.first, found.last);
        let name = Spanned::new(found.name, self.source.add(found.first, found.last));
        let directory = found
            .directory
            .map(|(directory, span)| Spanned::new(directory, self.source.add(span, span)));
        let kind = found.kind.unwrap_or(Kind::Script);
        self.strays.push(Service { doc, kind, name, directory, ..Service::default() });
        let before = *stream;
        stream.skip_foreign(start);
        self.lose(&before, stream);
    }

    /// A service whose kind is a word of another tool.
    pub(super) fn service_of_another_tool(
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
        let service =
            name.as_deref().map(|name| match (last_of_path(name), directory.as_deref()) {
                (Some(last), None) => (last, Some(name)),
                (_, directory) => (name, directory),
            });
        self.other_tool("kind of service", &word.unraw().to_string(), row, word.span(), service);
        let Place::Kind(kind) = row.place else { return Err(Failed::Within) };
        if !is_shaped_as_service(stream) {
            return Err(Failed::Within);
        }
        self.service_of_no_kind(word, kind, stream, doc)
    }

    /// `service node api "services/api";`: the word before the kind is one too many.
    pub(super) fn service_behind_a_word(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
    ) -> Result<(), Failed> {
        let line = stream.end_of_line();
        let end = if line.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
        let before = *stream;
        let Some(keyword) = stream.word() else { return Err(Failed::Within) };
        let Some(kind) = Kind::from_word(&keyword.to_string()) else { return Err(Failed::Within) };
        // `web node "services/web";`
        let path = string(&mut { *stream }).map(|(path, _)| path);
        let instead = match path.as_deref().and_then(|path| Some((last_of_path(path)?, path))) {
            Some((name, path)) => format!("{} {name} {path:?}{end}", kind.word()),
            None => format!("{}{end}", text_of(&before.tokens_to(&line))),
        };
        let found = OtherSyntax::Otherwise { found: word.unraw().to_string(), instead };
        self.foreign(found, word.span(), word.span());
        let mut service = self.service(kind, &keyword, stream, doc)?;
        name_by_path(&mut service);
        self.strays.push(service);
        Ok(())
    }

    /// A service whose kind has been reported. What does not fit the kind that it gets is not.
    pub(super) fn service_of_no_kind(
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
        let mut service = service?;
        name_by_path(&mut service);
        self.of_other_kinds.push((from, self.source.next()));
        self.strays.push(service);
        Ok(())
    }
}

/// Names a service after its directory, which was written in the place of the name: `bun "services/web";`. The missing
/// name has been reported.
fn name_by_path(service: &mut Service) {
    if service.directory.is_none()
        && let Some(name) = last_of_path(&service.name).map(SmolStr::from)
    {
        service.directory = Some(service.name.clone());
        service.name.value = name;
    }
}

/// The last part of what is a path: `web` of `services/web`.
fn last_of_path(text: &str) -> Option<&str> {
    let separators = ['/', '\\'];
    let last = text.trim_end_matches(separators).rsplit(separators).next();
    last.filter(|last| text.contains(separators) && last.starts_with(char::is_alphanumeric))
}

/// The kind that a file's name shows.
fn kind_of_file(path: &str) -> Option<Kind> {
    match path.rsplit_once('.')?.1 {
        "py" => Some(Kind::Python),
        "cjs" | "js" | "mjs" => Some(Kind::Node),
        "bash" | "sh" => Some(Kind::Script),
        _ => None,
    }
}

/// Whether another tool says the program with a word.
fn is_program(word: &str) -> bool {
    let row = other_tools::attribute(word);
    row.is_some_and(|row| matches!(row.instead, other_tools::Instead::Program))
}

/// The kind of a service that runs a command line.
fn kind_of_program(command: &str) -> Kind {
    match command.split_whitespace().next() {
        Some("bun" | "node" | "npm") => Kind::Node,
        Some("python" | "python3") => Kind::Python,
        Some(_) | None => Kind::Script,
    }
}

/// The kind that the attributes of a service show: those that only one kind has, its runner and its
/// program.
fn kind_of_attributes(mut block: Stream<'_>) -> Option<Kind> {
    let (mut found, mut runs) = (None, false);
    while !block.at_end() {
        let start = block.start();
        if let Some(word) = block.word() {
            let word = word.unraw().to_string();
            let value = block.peek_value().unwrap_or_default();
            let value = value.trim_matches('"');
            let runner = Kind::ALL.iter().find(|(_, kind)| kind.runners().contains(&value));
            let of_word = match (word.as_str(), Attribute::find(&word)) {
                ("runner", _) => runner.map(|(_, kind)| *kind),
                (_, None) if is_program(&word) => Some(kind_of_program(value)),
                ("entry", _) => Some(kind_of_file(value).unwrap_or(Kind::Node)),
                (_, Some(Attribute { kinds: [kind], .. })) => Some(*kind),
                _ => None,
            };
            found = found.or(of_word);
            runs |= word == "run";
        }
        block.skip_statement(start);
    }
    found.or(runs.then_some(Kind::Script))
}

/// The row of a word that another tool has for a kind of service.
pub(super) fn kind_of(word: &str) -> Option<&'static Row> {
    other_tools::find(word, |place| matches!(place, Place::Kind(_)))
}

/// Whether a kind and a name follow a word: `service node api`.
pub(super) fn is_before_kind(word: &str, stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let is_kind = behind.word().is_some_and(|kind| Kind::from_word(&kind.to_string()).is_some());
    kind_of(word).is_some()
        && is_kind
        && behind.continues_line()
        && (behind.peek_word().is_some() || behind.peek_literal().is_some())
        && is_shaped_as_service(&behind)
}

/// Whether the name of a service is next, and what can follow it.
pub(super) fn is_shaped_as_service(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let name = string(&mut behind).is_some() || hyphenated(&mut behind).is_some();
    skip_made_from(&mut behind);
    name && (behind.peek_literal().is_some()
        || behind.peek_sign(';')
        || behind.peek_group(Delimiter::Brace))
}
