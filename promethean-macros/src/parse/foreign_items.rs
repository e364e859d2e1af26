//! Items of other tools and languages, and what to write for them.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::declaration::Kind;
use promethean_core::other_tools::{self, Place, Row, Written};
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use promethean_core::suggest::{is_static, nearest, parts};
use syn::ext::IdentExt as _;

use super::keywords::{begins_item, begins_something, items};
use super::kinds::{WithoutKind, is_before_kind, is_shaped_as_service, kind_of};
use super::links::is_path;
use super::words::peek_colon;
use super::{Failed, Parsed};
use crate::stream::{Stream, chunks, text_of};

impl Parsed {
    /// Reports a word that begins no item, and reads what was meant where that is known.
    pub(super) fn no_item(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        doc: String,
        start: Span,
    ) -> Result<(), Failed> {
        let written = word.unraw().to_string();
        let (problems, before) = (self.problems.len(), *stream);
        if is_env(&written, stream) {
            return self.env_of_another_word(word, stream, start);
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
        // `web "services/web";`: the kind is missing.
        let without_kind = WithoutKind::find(word, stream);
        if let Some(found) = without_kind.filter(WithoutKind::is_clear) {
            self.service_without_kind(found, stream, doc, start);
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
        if peek_colon(stream) || stream.peek_sign('=') {
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
        if meant.is_none()
            && let Some(found) = WithoutKind::find(word, stream)
        {
            self.service_without_kind(found, stream, doc, start);
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

    /// `environment common { … }`, `export PORT=80`
    fn env_of_another_word(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        start: Span,
    ) -> Result<(), Failed> {
        if stream.peek_block() {
            let name = { *stream }.word().map(|name| name.to_string()).unwrap_or_default();
            let help = format!("write `env {name} {{ … }}`");
            let (word_of, tool) = (word.unraw().to_string(), String::new());
            let fault = Fault::OtherTool { what: "item", word: word_of, tool, help };
            self.report_at(fault, word.span(), word.span());
        }
        self.env_set(word, stream, start)
    }

    pub(super) fn other_tool(
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
        let (tool, help) = (row.tools(word), row.help(&written));
        let fault = Fault::OtherTool { what, word: word.to_owned(), tool, help };
        self.report_at(fault, span, span);
    }

    /// `web: npm start` of a Procfile, `PORT=80`, `web:` of YAML.
    pub(super) fn line_of_another_tool(
        &mut self,
        word: &Ident,
        stream: &mut Stream<'_>,
        start: Span,
    ) {
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
        // `web: PORT=3000 node server.js`
        let is_entry = |word: &&&str| {
            let key = word.split('=').next().unwrap_or_default();
            word.contains('=')
                && !key.is_empty()
                && key.chars().all(|letter| matches!(letter, 'A'..='Z' | '0'..='9' | '_'))
        };
        let entries: Vec<&str> = words.iter().take_while(is_entry).copied().collect();
        let has_port = command.contains("$PORT") || command.contains("${PORT}");
        let words = words.into_iter().skip(entries.len());
        let words: Vec<String> = words
            .map(|word| word.replace("${PORT}", "{port}").replace("$PORT", "{port}"))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let program = words.first().copied().unwrap_or_default();
        let kind = match program {
            "npm" | "node" | "bun" => Kind::Node,
            "python" | "python3" => Kind::Python,
            _ => Kind::Script,
        };
        let statements = other_tools::command(kind, &words).filter(|_| !command.is_empty());
        let (written, statements) = match statements {
            Some(statements) if behind.continues_line() => {
                let listen = if has_port { " listen http auto;" } else { "" };
                (format!("{name}: {command}"), statements + listen + &variables_of(&entries))
            }
            _ if behind.peek_group(Delimiter::Brace) => (format!("{name}:"), "…".to_owned()),
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
            if !is_line || !peek_colon(&next) {
                break;
            }
            let start = stream.start();
            stream.skip_foreign(start);
        }
        self.lose(&before, stream);
    }
}

/// Whether a word begins a set of variables, or a variable, in another language.
fn is_env(word: &str, stream: &Stream<'_>) -> bool {
    const SETS: [&str; 7] =
        ["environment", "variables", "vars", "envvars", "environ", "envs", "envset"];
    let mut behind = *stream;
    let is_named = behind.word().is_some();
    let is_set = nearest(word, SETS).is_some_and(|_| word.len() > 3)
        && !begins_something(word)
        && stream.peek_block();
    let is_variable = matches!(word, "export" | "set" | "setenv") && behind.peek_sign('=');
    is_named && (is_set || is_variable)
}

/// Variables before a command as statements.
fn variables_of(entries: &[&str]) -> String {
    let (mut port, mut env) = (String::new(), Vec::new());
    for entry in entries {
        match entry.strip_prefix("PORT=").filter(|port| port.parse::<u16>().is_ok()) {
            Some(number) => port = format!(" listen http {number};"),
            None => env.extend(other_tools::entry(entry)),
        }
    }
    match env.is_empty() {
        true => port,
        false => format!("{port} env {{ {} }}", env.join(" ")),
    }
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
