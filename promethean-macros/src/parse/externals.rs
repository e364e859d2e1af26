//! Externals: what the system needs and does not start.

use proc_macro2::{Delimiter, Span};
use promethean_core::address::is_scheme;
use promethean_core::attribute::ExpressionType;
use promethean_core::check::address_in;
use promethean_core::declaration::{External, Purpose, Unit};
use promethean_core::other_tools::{self, Written};
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::suggest::nearest;
use promethean_core::value::Value;
use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use super::keywords::begins_item;
use super::probes::tried_by_another_tool;
use super::values::Slot;
use super::words::Opener;
use super::{Failed, KeywordPlace, Parsed, Statement};
use crate::stream::{Stream, text_of};

impl Parsed {
    /// `"external" NAME (";" | "{" (listen | ready | "hint" STRING ";")* "}")`
    pub(super) fn external(
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
        } else if stream.peek_literal().is_some() || peek_probe(stream) || peek_scheme(stream) {
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
        let literal = literal.unwrap_or_default();
        // `external db mongodb "127.0.0.1:27017";`
        let statements = match found.split(' ').next().filter(|_| peek_scheme(stream)) {
            Some(scheme) => format!("listen {scheme} {literal}; ready tcp;"),
            None => probe_of(literal),
        };
        let instead = format!("external {name} {{ {statements} }}");
        let found = match found.starts_with('"') {
            true => found,
            false => stream.found().trim_matches('`').to_owned(),
        };
        self.foreign(OtherSyntax::Otherwise { found, instead }, first, first);
        Failed::Within
    }

    fn external_body(&mut self, mut stream: Stream<'_>, external: &mut External) {
        let mut reported = false;
        while let Some(Statement { start, before, .. }) =
            self.next_statement(&mut stream, None, &mut reported)
        {
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
            return self.no_statement(stream, "`listen`, `ready` or `hint`");
        };
        self.keyword(&word, KeywordPlace::Block);
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
                self.probe_or_stand_in(Purpose::Ready, &word, stream, &mut external.ready)
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
                        let literal = literal.unwrap_or_default();
                        let is_port = literal.parse::<u16>().is_ok_and(|port| port > 0);
                        // `host "localhost"; port 5432;`
                        let other = (written == "host").then(|| port_behind(&behind)).flatten();
                        if let Some((port, end)) = other {
                            let host = literal.trim_matches('"');
                            let instead = format!("listen \"{host}:{port}\"; ready tcp;");
                            self.misplaced(&word, &format!("write `{instead}`"));
                            *stream = end;
                            return Ok(());
                        }
                        let instead = match is_port {
                            true => format!("listen {literal};"),
                            false => endpoint_of(&literal).unwrap_or_else(|| probe_of(&literal)),
                        };
                        self.misplaced(&word, &format!("write `{instead}`"));
                    }
                    (_, Some(row)) => {
                        let slot = Slot { key: "ready", kind: ExpressionType::Text, many: true };
                        let mut behind = *stream;
                        let _ = behind.sign(':').or_else(|| behind.sign('='));
                        let values: Vec<Value> = match behind.group(Delimiter::Brace) {
                            Some(group) => {
                                tried_by_another_tool(group).into_iter().map(Value::Text).collect()
                            }
                            None => {
                                let values =
                                    self.quietly(|parser| parser.values(&mut behind, slot));
                                let values = values.unwrap_or_default().into_iter();
                                values.map(|value| value.value).collect()
                            }
                        };
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
                            tool: row.tools(&written),
                            word: written,
                            help,
                        };
                        self.report_at(fault, word.span(), word.span());
                    }
                    (_, None) => drop(self.misplaced(&word, without_place(&written))),
                }
                let before = *stream;
                stream.skip_foreign(start);
                self.lose(&before, stream);
                Ok(())
            }
        }
    }
}

/// The port in the statement behind this value, and the stream behind that.
fn port_behind<'c>(value: &Stream<'c>) -> Option<(String, Stream<'c>)> {
    let mut behind = *value;
    behind.literal()?;
    let _ = behind.sign(';').or_else(|| behind.sign(','));
    behind.the_word("port")?;
    let _ = behind.sign(':').or_else(|| behind.sign('='));
    let port = behind.literal()?.to_string();
    port.parse::<u16>().ok()?;
    let _ = behind.sign(';').or_else(|| behind.sign(','));
    Some((port, behind))
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

/// Whether the scheme of an endpoint and its place are next.
fn peek_scheme(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    stream.continues_line()
        && !peek_probe(stream)
        && behind.word().is_some_and(|word| is_scheme(&word.to_string()))
        && behind.continues_line()
        && behind.peek_literal().is_some()
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

/// The endpoint of a URL that no request over HTTP tries, and its probe.
fn endpoint_of(literal: &str) -> Option<String> {
    let url = literal.trim_matches('"');
    let (scheme, _) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme))?;
    let address = address_in(url).filter(|_| !scheme.starts_with("http"))?;
    Some(format!("listen {scheme} {address:?}; ready tcp;"))
}

/// What an external can have.
const NOT_STARTED: &str =
    "an external is not started: it can only have `listen`, `ready` and `hint`";

/// What to do with a word that has no place in an external.
fn without_place(word: &str) -> &'static str {
    match word {
        "optional" | "required" | "mandatory" => {
            "remove it: an external keeps only those from starting that have a `depends_on` for it"
        }
        _ => NOT_STARTED,
    }
}
