//! `ready` and `alive`: what they try, how often and how long.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::attribute::{ExpressionType, one_of};
use promethean_core::declaration::{Probe, ProbeKind, Purpose};
use promethean_core::kind::ProbeHead;
use promethean_core::other_tools::{self, Place, Written, is_method};
use promethean_core::problem::{Fault, OtherSyntax, Problem};
use promethean_core::span_id::{SpanId, Spanned};
use promethean_core::suggest::nearest;
use promethean_core::value::Value;
use smol_str::SmolStr;

use super::values::{Slot, begins_probe_setting, probe_settings};
use super::words::{hyphenated, string};
use super::{Failed, Parsed};
use crate::host;
use crate::stream::{Group, Stream, text_of};

impl Parsed {
    /// A probe, behind its first word. One that cannot be parsed is there all the same: what waits for it is right.
    pub(super) fn probe_or_stand_in(
        &mut self,
        purpose: Purpose,
        word: &Ident,
        stream: &mut Stream<'_>,
        probe: &mut Option<Box<Probe>>,
    ) -> Result<(), Failed> {
        let parsed = self.probe(purpose, stream);
        let (probe_or_not, result) = match parsed {
            Ok(parsed) => (parsed, Ok(())),
            Err(failed) => (self.stand_in(word), Err(failed)),
        };
        *probe = Some(Box::new(probe_or_not));
        result
    }

    /// A probe that nothing is wrong with.
    fn stand_in(&mut self, word: &Ident) -> Probe {
        let span_id = self.source.add(word.span(), word.span());
        Probe {
            kind: Spanned::new(ProbeKind::Exec, span_id),
            endpoint: None,
            values: vec![Spanned::new(Value::Text("true".into()), span_id)],
            timeout: None,
            interval: None,
            status: None,
            failures: None,
        }
    }

    /// `ready := "ready" KIND value ("," value)* (";" | "{" … "}")`, behind its first word; `alive` is
    /// the same.
    pub(super) fn probe(
        &mut self,
        purpose: Purpose,
        stream: &mut Stream<'_>,
    ) -> Result<Probe, Failed> {
        let before = self.problems.len();
        self.no_sign(purpose.word(), stream);
        let start = *stream;
        if let Some(found) = self.probe_without_kind(purpose, before, stream) {
            return Err(found);
        }
        // `ready;`
        if stream.peek_sign(';') {
            let (found, last) = (purpose.word().to_owned(), stream.last());
            let instead = format!("{found} tcp;");
            return Err(self.foreign(OtherSyntax::Otherwise { found, instead }, last, last));
        }
        let Some((word, first, last)) = hyphenated(stream) else {
            return Err(self.unexpected(stream, &one_of(kinds_of(purpose))));
        };
        let span_id = self.source.add(first, last);
        let Some(kind) = ProbeKind::from_word(&word) else {
            let fault = self.unknown_probe(purpose, &word, stream);
            self.report(fault, span_id);
            return Err(Failed::Within);
        };
        let key = ProbeHead { purpose, kind }.to_string();
        if let Some(failed) = self.comment_for_url(&key, first, stream) {
            return Err(failed);
        }
        self.no_sign(&key, stream);
        if kind == ProbeKind::Http {
            self.method_before_url(&key, stream);
        }
        if let Some(failed) = self.texts_in_parentheses(&key, stream) {
            return Err(failed);
        }
        if let Some(failed) = self.port_alone(kind, &key, stream) {
            return Err(failed);
        }
        if kind == ProbeKind::Log
            && let Some(failed) = self.regex_in_slashes(&key, stream)
        {
            return Err(failed);
        }
        let endpoint = match kind {
            ProbeKind::Tcp | ProbeKind::Http => self.own_endpoint(kind, stream),
            ProbeKind::Log | ProbeKind::Exec => None,
        };
        if kind == ProbeKind::Http
            && let Some(failed) = self.path_without_quotes(&key, endpoint.as_ref(), stream)
        {
            return Err(failed);
        }
        let slot = Slot { key: &key, kind: ExpressionType::Text, many: kind == ProbeKind::Exec };
        let ends = stream.peek_sign(';') || stream.peek_group(Delimiter::Brace);
        let values = match ends || stream.at_end() && endpoint.is_some() {
            true => Vec::new(),
            false => self.values(stream, slot)?,
        };
        let kind = Spanned::new(kind, span_id);
        let mut probe = Probe {
            kind,
            endpoint,
            values,
            timeout: None,
            interval: None,
            status: None,
            failures: None,
        };
        if self.setting_without_block(purpose, start, stream) {
            return Ok(probe);
        }
        if let Some(failed) = self.port_behind_path(&key, &probe, stream) {
            return Err(failed);
        }
        match stream.group(Delimiter::Brace) {
            Some(group) => self.probe_settings(group, purpose, &mut probe),
            None => self.end(stream, "`,`, `;` or a block")?,
        }
        Ok(probe)
    }

    /// Reports a setting of a probe that stands behind its values, without a block. Returns whether one does.
    fn setting_without_block<'c>(
        &mut self,
        purpose: Purpose,
        start: Stream<'c>,
        stream: &mut Stream<'c>,
    ) -> bool {
        let probe = text_of(&start.tokens_to(stream));
        let mut times = *stream;
        let _ = times.sign(',');
        let Some(setting) = times.peek_word() else { return false };
        if !begins_probe_setting(&times) || !times.continues_line() {
            return false;
        }
        let written = text_of(&times.tokens_to(&times.end_of_line()));
        // What is no setting with a number has an example in its place.
        let settings = settings_of(purpose, &written).unwrap_or_else(|| match setting.as_str() {
            word if probe_settings(purpose).contains(&word) => format!("{written};"),
            word => match meant_setting(word) {
                "failures" if purpose == Purpose::Alive => "failures 3;".to_owned(),
                "interval" => "interval 1s;".to_owned(),
                _ => "timeout 30s;".to_owned(),
            },
        });
        let instead = format!("{} {probe} {{ {settings} }}", purpose.word());
        let found = OtherSyntax::Otherwise { found: written, instead };
        let first = times.span();
        *stream = times.end_of_line();
        self.foreign(found, first, stream.last());
        stream.sign(';');
        true
    }

    /// Reports `ready http "/health" on 8080;`: the port is in the URL.
    fn port_behind_path(
        &mut self,
        key: &str,
        probe: &Probe,
        stream: &mut Stream<'_>,
    ) -> Option<Failed> {
        let mut behind = *stream;
        let word = behind.word().map(|word| word.to_string())?;
        let port = behind.literal()?.to_string();
        let [target] = probe.values.as_slice() else { return None };
        let path = target.value.as_name().filter(|path| path.starts_with('/'))?;
        if !matches!(word.as_str(), "on" | "at" | "port") || port.parse::<u16>().is_err() {
            return None;
        }
        let (found, first) = (format!("{word} {port}"), stream.span());
        let instead = format!("{key} \"http://127.0.0.1:{port}{path}\";");
        *stream = behind;
        Some(self.foreign(OtherSyntax::Otherwise { found, instead }, first, stream.last()))
    }

    /// Reports `ready http health;`: a path in quotes is meant.
    fn path_without_quotes(
        &mut self,
        key: &str,
        endpoint: Option<&Spanned<SmolStr>>,
        stream: &Stream<'_>,
    ) -> Option<Failed> {
        let path = endpoint.filter(|_| stream.peek_literal().is_none())?;
        let (found, instead) = (path.to_string(), format!("{key} \"/{}\";", path.value));
        let place = self.source.place(path.span_id);
        let found = OtherSyntax::Otherwise { found, instead };
        Some(self.foreign(found, place.first, place.last))
    }

    /// Reports `ready log /listening/i;`: so JavaScript writes a regular expression.
    fn regex_in_slashes(&mut self, key: &str, stream: &mut Stream<'_>) -> Option<Failed> {
        let (first, line) = (stream.span(), stream.end_of_line());
        let written = text_of(&stream.tokens_to(&line));
        let (inside, flags) = written.strip_prefix('/')?.rsplit_once('/')?;
        if !flags.chars().all(|flag| "dgimsuvy".contains(flag)) {
            return None;
        }
        let case = if flags.contains('i') { "(?i)" } else { "" };
        let end = if line.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
        let instead = format!("{key} {:?}{end}", format!("{case}{}", inside.trim()));
        self.report_at(Fault::Unquoted { written, instead }, first, line.last());
        Some(Failed::Within)
    }

    /// The fault that a word is which no probe begins with.
    fn unknown_probe(&mut self, purpose: Purpose, word: &str, stream: &Stream<'_>) -> Fault {
        let what = "probe".to_owned();
        match other_tools::find(word, |place| place == Place::Probe) {
            Some(row) => {
                let key = purpose.word();
                let slot = Slot { key, kind: ExpressionType::Text, many: true };
                let mut behind = *stream;
                let values = self.quietly(|parser| parser.values(&mut behind, slot));
                let values: Vec<Value> =
                    values.unwrap_or_default().into_iter().map(|value| value.value).collect();
                let written = Written { word, values: &values, ..Written::default() };
                let help = row.help(&written).replace("`ready ", &format!("`{key} "));
                let tool = row.tools(word);
                Fault::OtherTool { what: "probe", word: word.into(), tool, help }
            }
            None => {
                let (found, choices) = (word.to_string(), kinds_of(purpose));
                let texts = match nearest(&found, choices.iter().copied()) {
                    None => texts(*stream),
                    Some(_) => Vec::new(),
                };
                let texts: Vec<&str> = texts.iter().map(SmolStr::as_str).collect();
                match texts.is_empty() {
                    true => Fault::UnknownChoice { what, found, choices },
                    // `ready when "Listening";`
                    false => {
                        let meant = other_tools::probe_of(purpose, &texts);
                        let instead = format!("{} {meant};", purpose.word());
                        Fault::ForeignSyntax { found: OtherSyntax::Otherwise { found, instead } }
                    }
                }
            }
        }
    }

    /// Reports `ready tcp 3000;` and `ready http 3000;`.
    fn port_alone(&mut self, kind: ProbeKind, key: &str, stream: &Stream<'_>) -> Option<Failed> {
        let port = stream.peek_literal()?.to_string();
        let mut behind = *stream;
        behind.any();
        let is_alone =
            !behind.adjoins() && string(&mut { behind }).is_none() || behind.peek_sign(';');
        let scheme = match kind {
            ProbeKind::Http => "http://",
            ProbeKind::Tcp => "",
            ProbeKind::Log | ProbeKind::Exec => return None,
        };
        if !is_alone || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let instead = format!("{key} \"{scheme}127.0.0.1:{port}\";");
        let found = OtherSyntax::Otherwise { found: port, instead };
        Some(self.foreign(found, stream.span(), stream.span()))
    }

    /// Reports `http://…` without quotes, of which the comment has left `http:`.
    pub(super) fn comment_for_url(
        &mut self,
        key: &str,
        first: Span,
        stream: &mut Stream<'_>,
    ) -> Option<Failed> {
        let mut behind = *stream;
        let colon = behind.sign(':')?;
        if behind.continues_line() || host::is_editor() {
            return None;
        }
        let instead = match key.strip_prefix("listen ") {
            Some(scheme) => format!("listen {scheme} \"HOST:PORT\";"),
            None => format!("{key} \"http://…\";"),
        };
        *stream = behind;
        self.foreign(OtherSyntax::Comment { instead }, first, colon.span());
        Some(Failed::Behind)
    }

    /// Reports `ready http GET "/health";`: a probe gets what it asks for. A name in small letters may be that
    /// of an endpoint.
    fn method_before_url(&mut self, key: &str, stream: &mut Stream<'_>) {
        let mut behind = *stream;
        let Some(word) = behind.word() else { return };
        let method = word.to_string();
        if !is_method(&method) || method.starts_with(char::is_lowercase) {
            return;
        }
        if let Some((url, _)) = string(&mut { behind }) {
            *stream = behind;
            let instead = format!("{key} {url:?};");
            let found = OtherSyntax::Otherwise { found: method, instead };
            self.foreign(found, word.span(), word.span());
        }
    }

    /// Reports `ready http("/health");`: in parentheses are Rust expressions, of which nothing is known
    /// before the ecosystem runs.
    fn texts_in_parentheses(&mut self, key: &str, stream: &Stream<'_>) -> Option<Failed> {
        let mut behind = *stream;
        let group = behind.group(Delimiter::Parenthesis)?;
        let mut inside = group.inside;
        while string(&mut inside).is_some() && inside.sign(',').is_some() {}
        if group.inside.at_end() || !inside.at_end() {
            return None;
        }
        let written = text_of(&group.inside.tokens_to(&inside));
        let end = if behind.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
        let instead = format!("{key} {}{end}", written.trim_end_matches([',', ' ']));
        let found = OtherSyntax::Otherwise { found: "(".to_owned(), instead };
        Some(self.foreign(found, group.open, group.close))
    }

    /// Reports a probe that does not say what it tries: `ready "http://…";`, `ready 8000;`,
    /// `ready { … }`.
    fn probe_without_kind(
        &mut self,
        purpose: Purpose,
        before: usize,
        stream: &mut Stream<'_>,
    ) -> Option<Failed> {
        let (first, mut behind, head) = (stream.span(), *stream, purpose.word());
        let mut list = *stream;
        let list = list.group(Delimiter::Parenthesis).or_else(|| list.group(Delimiter::Bracket));
        let texts = texts(list.map_or(*stream, |list| list.inside));
        let tried = |texts: &[&str], end: &str| {
            format!("{head} {}{end}", other_tools::probe_of(purpose, texts))
        };
        let line = stream.end_of_line();
        let end = if line.peek_group(Delimiter::Brace) { " { … }" } else { ";" };
        let instead = if !texts.is_empty() {
            tried(&texts.iter().map(SmolStr::as_str).collect::<Vec<_>>(), end)
        } else if let Some(port) = behind.literal() {
            tried(&[&port.to_string()], end)
        } else if let Some(mut group) = behind.group(Delimiter::Brace) {
            let kind = group.inside.word()?.to_string();
            ProbeKind::from_word(&kind)?;
            let _ = group.inside.sign(':').or_else(|| group.inside.sign('='));
            let value = text_of(&group.inside.tokens_to(&group.inside.end_of_value()));
            format!("{head} {kind} {value};")
        } else {
            // `ready /health;`, `ready localhost:3000;`
            let written = text_of(&stream.tokens_to(&line));
            let is_path = stream.peek_sign('/') || stream.peek_sign('.');
            let is_address =
                behind.word().is_some_and(|word| ProbeKind::from_word(&word.to_string()).is_none())
                    && (behind.peek_sign(':') || behind.peek_sign('.'))
                    && behind.adjoins();
            if !is_path && !is_address || written.contains(' ') {
                return None;
            }
            let instead = tried(&[&written], end);
            let fault = Fault::Unquoted { written, instead };
            self.problems.truncate(before);
            self.report_at(fault, first, line.last());
            return Some(Failed::Within);
        };
        // It says more than what was said of a sign before it.
        self.problems.truncate(before);
        let found =
            OtherSyntax::Otherwise { found: stream.found().trim_matches('`').to_owned(), instead };
        Some(self.foreign(found, first, first))
    }

    /// `(("timeout" | "interval") DURATION ";" | ("status" | "failures") INT ";")*`
    fn probe_settings(&mut self, group: Group<'_>, purpose: Purpose, probe: &mut Probe) {
        for (key, mut values) in self.object(group) {
            let slot = match key.as_str() {
                "timeout" => &mut probe.timeout,
                "interval" => &mut probe.interval,
                "status" => &mut probe.status,
                "failures" if purpose == Purpose::Alive => &mut probe.failures,
                word => {
                    let row = other_tools::find(word, |place| place == Place::ProbeSetting);
                    let word = word.to_owned();
                    let fault = match row {
                        Some(row) => {
                            let help = row.help(&Written { word: &word, ..Written::default() });
                            let help = match (purpose, help.starts_with(NOT_COUNTED)) {
                                (Purpose::Alive, true) => "write `failures 3;`".to_owned(),
                                (Purpose::Alive, false) => help.replace("`ready ", "`alive "),
                                (Purpose::Ready, _) => help,
                            };
                            Fault::OtherTool {
                                what: "setting of a probe",
                                tool: row.tools(&word),
                                word,
                                help,
                            }
                        }
                        None => Fault::UnknownChoice {
                            what: "setting of a probe".to_owned(),
                            found: word,
                            choices: probe_settings(purpose),
                        },
                    };
                    self.report(fault, key.span_id);
                    continue;
                }
            };
            if slot.is_some() {
                self.problems.push(Problem::new(
                    Fault::Repeated { what: format!("`{}`", key.value) },
                    key.span_id,
                ));
            } else if values.len() == 1 {
                *slot = values.pop();
            } else {
                let extra = values.get(1).map_or(key.span_id, |value| value.span_id);
                self.one_of_setting(&key, extra);
            }
        }
    }

    fn one_of_setting(&mut self, key: &Spanned<SmolStr>, span_id: SpanId) {
        let is_number = matches!(key.as_str(), "status" | "failures");
        let what = if is_number { "number" } else { "duration" };
        let expected = format!("one {what} after `{}`", key.value);
        self.report(Fault::Unexpected { expected, found: "another value".into() }, span_id);
    }
}

/// The texts that are next, with `,` between them.
fn texts(mut stream: Stream<'_>) -> Vec<SmolStr> {
    let mut texts = Vec::new();
    while let Some((text, _)) = string(&mut stream) {
        texts.push(text);
        if stream.sign(',').is_none() {
            break;
        }
    }
    texts
}

/// What a probe can try: a line of a log is none of those of `alive`.
/// The setting that a word of a probe stands for.
fn meant_setting(word: &str) -> &str {
    match word {
        "every" | "period" => "interval",
        "retries" => "failures",
        word => word,
    }
}

/// The settings of a probe in what is written without a block: `interval 30s timeout 5s`, `every 10s`. `None` where
/// a word is no setting or has no number behind it.
fn settings_of(purpose: Purpose, written: &str) -> Option<String> {
    let separators = [' ', ',', ';', ':', '='];
    let words: Vec<&str> = written.split(separators).filter(|word| !word.is_empty()).collect();
    let settings = words.chunks(2).map(|setting| {
        let [name, value] = setting else { return None };
        let known = meant_setting(name);
        // Whoever writes no unit means seconds, or a great number of milliseconds.
        let unit = match value.parse::<u32>() {
            Ok(_) if matches!(known, "failures" | "status") => "",
            Ok(..1_000) => "s",
            Ok(_) => "ms",
            Err(_) => "",
        };
        let is_known = probe_settings(purpose).contains(&known);
        let is_number = value.starts_with(|digit: char| digit.is_ascii_digit());
        (is_known && is_number).then(|| format!("{known} {value}{unit};"))
    });
    let settings: Vec<String> = settings.collect::<Option<_>>()?;
    Some(settings.join(" "))
}

fn kinds_of(purpose: Purpose) -> &'static [&'static str] {
    match purpose {
        Purpose::Ready => ProbeKind::WORDS,
        Purpose::Alive => &["tcp", "http", "exec"],
    }
}

/// How the answer to a setting begins that counts the tries of a `ready`.
const NOT_COUNTED: &str = "tries are not counted";

/// What a health check of another tool tries: `{ test: ["CMD", "curl", "http://…"], interval: 30s }`,
/// `{ httpGet: { path: "/health", port: 8080 } }`.
pub(super) fn tried_by_another_tool(group: Group<'_>) -> Vec<SmolStr> {
    let (mut stream, mut url, mut path, mut port) = (group.inside, None, None, None);
    while !stream.at_end() {
        if let Some(inner) = stream.group(Delimiter::Brace) {
            let found = tried_by_another_tool(inner);
            if !found.is_empty() {
                return found;
            }
            continue;
        }
        let key = stream.peek_value().unwrap_or_default();
        stream.any();
        let _ = stream.sign(':').or_else(|| stream.sign('='));
        match key.trim_matches('"') {
            "test" | "command" => {
                let mut list = stream;
                let mut texts = Vec::new();
                let mut inside = match list.group(Delimiter::Bracket) {
                    Some(list) => list.inside,
                    None => list,
                };
                while let Some((text, _)) = string(&mut inside) {
                    texts.push(text);
                    inside.sign(',');
                    let mut key = inside;
                    // `"test": "…", "interval": "30s"`
                    if string(&mut key).is_some() && key.peek_sign(':') {
                        break;
                    }
                }
                return texts;
            }
            "path" => path = string(&mut { stream }).map(|(text, _)| text),
            "port" => port = stream.peek_literal().map(|port| port.to_string()),
            _ => {
                let text = string(&mut { stream }).map(|(text, _)| text);
                url = url.or(text.filter(|text| text.contains("://")));
            }
        }
    }
    let port = port.filter(|port| port.parse::<u16>().is_ok());
    let path = path.filter(|path| path.starts_with('/'));
    let asked = match (&path, port) {
        (path, Some(port)) => {
            Some(format!("http://127.0.0.1:{port}{}", path.as_deref().unwrap_or_default()).into())
        }
        (_, None) => path,
    };
    url.or(asked).into_iter().collect()
}
