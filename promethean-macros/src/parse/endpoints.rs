//! `listen`, and references to what it declares.

use proc_macro2::{Delimiter, Ident, TokenStream};
use promethean_core::address::{is_before_place, is_known_scheme, is_transport};
use promethean_core::attribute::ExpressionType;
use promethean_core::blocks;
use promethean_core::check::is_path_after;
use promethean_core::declaration::{Declaration, EndpointPart, EndpointReference, Listen, Unit};
use promethean_core::endpoint::AUTO;
use promethean_core::kind::ProbeKind;
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use promethean_core::suggest::{is_static, nearest};
use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use super::dependencies::leads_elsewhere;
use super::keywords::begins_something;
use super::values::Slot;
use super::words::{hyphenated, peek_colons, string};
use super::{Failed, KeywordPlace, Link, Parsed};
use crate::stream::{Stream, text_of};

impl Parsed {
    /// `listen := "listen" (NAME ":")? SCHEME? where ";"`, behind its first word.
    pub(super) fn listen(&mut self, stream: &mut Stream<'_>) -> Result<Listen, Failed> {
        self.no_sign("listen", stream);
        if let Some(failed) = self.colon_of_address(stream) {
            return Err(failed);
        }
        let mut name = self.name_before_colon(stream)?;
        let mut scheme = self.scheme(stream);
        if name.is_none()
            && let Some(first) = scheme.take()
        {
            (name, scheme) = self.name_or_scheme(first, stream);
        }
        let key = match (&name, &scheme) {
            (None, None) => "listen".to_owned(),
            (Some(name), None) => format!("listen {}:", name.value),
            (None, Some(scheme)) => format!("listen {}", scheme.value),
            (Some(name), Some(scheme)) => format!("listen {}: {}", name.value, scheme.value),
        };
        // `listen http://localhost:8000;`
        if let Some(scheme) = &scheme {
            let first = self.source.place(scheme.span_id).first;
            if let Some(failed) = self.comment_for_url(&key, first, stream) {
                return Err(failed);
            }
        }
        self.no_sign(&key, stream);
        if let Some(failed) = self.several_endpoints(&key, stream) {
            return Err(failed);
        }
        // `listen 8000 http;`, `listen 8000/http;`
        let mut behind = *stream;
        if let Some(port) = behind.literal()
            && scheme.is_none()
            && behind.continues_line()
        {
            let slash = behind.sign('/').map(|_| "/");
            if let Some((word, ..)) = hyphenated(&mut behind) {
                let first = stream.span();
                let found = format!("{port}{}{word}", slash.unwrap_or(" "));
                // `listen 9100 metrics;`
                let colon = if name.is_none() && !is_known_scheme(&word) { ":" } else { "" };
                let instead = format!("{key} {word}{colon} {port};");
                let found = OtherSyntax::Otherwise { found, instead };
                return Err(self.foreign(found, first, behind.last()));
            }
        }
        // `listen auto http;`
        if let Some(auto) = scheme.as_ref().filter(|scheme| scheme.value == AUTO)
            && let Some((word, _, last)) = hyphenated(&mut { *stream })
        {
            let head = name.as_ref().map(|name| format!("{}: ", name.value)).unwrap_or_default();
            let found = format!("{AUTO} {word}");
            let instead = format!("listen {head}{word} {AUTO};");
            let found = OtherSyntax::Otherwise { found, instead };
            let first = self.source.place(auto.span_id).first;
            return Err(self.foreign(found, first, last));
        }
        self.one_endpoint(&key, stream)?;
        if ends(stream) {
            let expected = "a port, `auto` or `\"HOST:PORT\"`";
            return Err(self.unexpected(stream, expected));
        }
        let slot = Slot { key: &key, kind: ExpressionType::Text, many: false };
        let mut values = self.values(stream, slot)?.into_iter();
        let Some(at) = values.next() else { return Err(Failed::Within) };
        if let Some(second) = values.next() {
            let expected = "`;`, as an endpoint is in one place".to_owned();
            let found = format!("`{}`", second.value);
            self.report(Fault::Unexpected { expected, found }, second.span_id);
        }
        self.end(stream, "`;`")?;
        Ok(Listen { name, scheme, at })
    }

    /// Reports `listen 3000:3000;`, `listen *:3000;`, `listen [3000, 9100];` and `listen { http 3000; metrics 9100; }`.
    fn several_endpoints(&mut self, key: &str, stream: &Stream<'_>) -> Option<Failed> {
        let (first, mut behind) = (stream.span(), *stream);
        let place = text_of(&stream.tokens_to(&stream.end_of_value()));
        let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
        if let Some((host, port)) = place.rsplit_once(':')
            && (host == "*" || host.split(':').all(is_port))
            && is_port(port)
        {
            let at = if host == "*" { format!("\"0.0.0.0:{port}\"") } else { port.to_owned() };
            let instead = format!("{key} {at};");
            let last = stream.end_of_value().last();
            let found = OtherSyntax::Otherwise { found: place, instead };
            return Some(self.foreign(found, first, last));
        }
        // `listen tcp/3000;`
        if let Some(port) = place.strip_prefix('/').filter(|port| is_port(port)) {
            let (last, instead) = (stream.end_of_value().last(), format!("{key} {port};"));
            let found = OtherSyntax::Otherwise { found: "/".to_owned(), instead };
            return Some(self.foreign(found, first, last));
        }
        let group = behind.group(Delimiter::Bracket).or_else(|| behind.group(Delimiter::Brace));
        let mut rest = group.map_or(*stream, |group| group.inside);
        let mut places: Vec<String> = Vec::new();
        while !rest.at_end() && !rest.peek_sign(';') {
            let end = rest.end_of_value();
            // A block is no place, and `listen: 3000, watch: true` is two statements.
            let begins =
                !places.is_empty() && rest.peek_word().is_some_and(|word| begins_something(&word));
            if end.is_at(&rest) || group.is_none() && begins {
                return None;
            }
            places.push(text_of(&rest.tokens_to(&end)).replace([':', '='], " "));
            rest = end;
            while rest.sign(',').is_some() || group.is_some() && rest.sign(';').is_some() {}
        }
        let is_place = |text: &String| {
            let mut words = text.split_whitespace();
            let is_at = |at: &str| is_port(at) || at == AUTO || at.starts_with('"');
            words.next_back().is_some_and(is_at) && words.count() < 3
        };
        if group.is_none() && places.len() < 2 || places.is_empty() || !places.iter().all(is_place)
        {
            return None;
        }
        let statements = places.iter().enumerate().map(|(index, place)| {
            let words: Vec<&str> = place.split_whitespace().collect();
            match words.as_slice() {
                [name, scheme, at] => format!("listen {name}: {scheme} {at};"),
                [scheme, at] if is_known_scheme(scheme) && index == 0 => {
                    format!("listen {scheme} {at};")
                }
                [scheme, at] if is_known_scheme(scheme) => format!("listen NAME: {scheme} {at};"),
                [word, at] if is_before_place(word) && index == 0 => format!("{key} {at};"),
                [name, at] => format!("listen {name}: http {at};"),
                _ if index == 0 => format!("{key} {place};"),
                _ => format!("listen NAME: http {place};"),
            }
        });
        let instead = statements.collect::<Vec<_>>().join(" ");
        let (found, last) = match group {
            Some(_) => (stream.found().trim_matches('`').to_owned(), behind.last()),
            None => (",".to_owned(), stream.end_of_line().last()),
        };
        let first = if group.is_some() { first } else { stream.end_of_value().span() };
        Some(self.foreign(OtherSyntax::Otherwise { found, instead }, first, last))
    }

    /// `SCHEME`, if it is next.
    fn scheme(&mut self, stream: &mut Stream<'_>) -> Option<Spanned<SmolStr>> {
        let mut behind = *stream;
        let (word, first, last) = hyphenated(&mut behind)?;
        // `listen auto;`, `listen http;`, and the path of a Rust expression.
        if ends(&behind) || peek_colons(&behind) {
            return None;
        }
        *stream = behind;
        Some(Spanned::new(word, self.source.add(first, last)))
    }

    /// Reports `listen metrics = 9100;`, `listen metrics http 9100;` and `listen http metrics 9100;`: what is no
    /// scheme that is known is the name. A word alone before the place is the scheme, whatever it is.
    fn name_or_scheme(
        &mut self,
        first: Spanned<SmolStr>,
        stream: &mut Stream<'_>,
    ) -> (Option<Spanned<SmolStr>>, Option<Spanned<SmolStr>>) {
        let mut behind = *stream;
        let is_name = !is_known_scheme(&first) && first.value != AUTO;
        if is_name && let Some(sign) = behind.sign('=') {
            let rest = text_of(&behind.tokens_to(&behind.end_of_line()));
            let instead = format!("listen {}: {rest};", first.value);
            let found = OtherSyntax::Otherwise { found: "=".to_owned(), instead };
            self.foreign(found, sign.span(), sign.span());
            *stream = behind;
            let scheme = self.scheme(stream);
            return (Some(first), scheme);
        }
        let comma = behind.sign(',').is_some();
        let Some((word, start, last)) = hyphenated(&mut behind) else { return (None, Some(first)) };
        let is_place =
            behind.peek_literal().is_some() || behind.peek_word().as_deref() == Some(AUTO);
        if first.value == AUTO || word == AUTO || !is_place || !behind.continues_line() {
            return (None, Some(first));
        }
        let place = self.source.place(first.span_id).first;
        let second = Spanned::new(word, self.source.add(start, last));
        let found = format!("{}{} {}", first.value, if comma { "," } else { "" }, second.value);
        let (name, scheme) = match is_known_scheme(&first) && !is_known_scheme(&second) {
            true => (second, first),
            false => (first, second),
        };
        let rest = text_of(&behind.tokens_to(&behind.end_of_line()));
        let instead = format!("listen {}: {} {rest};", name.value, scheme.value);
        self.foreign(OtherSyntax::Otherwise { found, instead }, place, last);
        *stream = behind;
        (Some(name), Some(scheme))
    }

    /// Reports `listen http:8000` and `listen localhost:8000`, which would name an endpoint `http` or `localhost` that has
    /// no scheme and sets no PORT.
    fn colon_of_address(&mut self, stream: &Stream<'_>) -> Option<Failed> {
        let mut behind = *stream;
        let word = behind.word()?.to_string();
        let colon = behind.sign(':');
        let port = behind.literal()?;
        let is_host = word == "localhost";
        let is_meant = is_host || is_transport(&word);
        if !is_meant
            || colon.is_none()
            || !port.to_string().chars().all(|digit| digit.is_ascii_digit())
        {
            return None;
        }
        let found = format!("{word}:{port}");
        let instead = match is_host {
            true => format!("listen {found:?};"),
            false => format!("listen {word} {port};"),
        };
        let found = OtherSyntax::Otherwise { found, instead };
        Some(self.foreign(found, stream.span(), behind.last()))
    }

    /// Reports what follows a port: `listen http 8000, metrics 9100;`, `listen https 443 tls;`
    fn one_endpoint(&mut self, key: &str, stream: &Stream<'_>) -> Result<(), Failed> {
        let mut behind = *stream;
        let Some(port) = behind.literal() else { return Ok(()) };
        let comma = behind.sign(',');
        let word = hyphenated(&mut { behind }).map(|(word, ..)| word);
        if !behind.continues_line() || word.is_none_or(|word| begins_something(&word)) {
            return Ok(());
        }
        let rest = text_of(&behind.tokens_to(&behind.end_of_line()));
        let (first, last) = (behind.span(), behind.end_of_line().last());
        let other = match rest.split([' ', ':']).collect::<Vec<_>>().as_slice() {
            [name, .., at] if comma.is_some() && !name.is_empty() => {
                format!(" listen {name}: http {at};")
            }
            _ => String::new(),
        };
        let instead = match rest.strip_prefix("as ") {
            // `listen http 8080 as metrics;`
            Some(name) => {
                let scheme = key.strip_prefix("listen").map_or("", str::trim);
                let scheme = if scheme.is_empty() { "http" } else { scheme };
                format!("listen {name}: {scheme} {port};")
            }
            None => format!("{key} {port};{other}"),
        };
        let found = OtherSyntax::Otherwise { found: rest, instead };
        Err(self.foreign(found, first, last))
    }

    /// `NAME ":"`, if it is next; `::` is no colon.
    fn name_before_colon(
        &mut self,
        stream: &mut Stream<'_>,
    ) -> Result<Option<Spanned<SmolStr>>, Failed> {
        let mut behind = *stream;
        let named = string(&mut behind).is_some() || hyphenated(&mut behind).is_some();
        if !named || peek_colons(&behind) || !behind.peek_sign(':') {
            return Ok(None);
        }
        let mut colon = behind;
        colon.sign(':');
        // `listen http:` and a comment: `http://…`.
        if colon.at_end() || !colon.continues_line() {
            return Ok(None);
        }
        let name = self.name(stream, "the name of an endpoint")?;
        stream.sign(':');
        Ok(Some(name))
    }

    /// `NAME` in `ready tcp NAME;` and `ready http NAME "/PATH";`, if it is next.
    /// A text alone is an address, unless no host can be written so.
    pub(super) fn own_endpoint(
        &mut self,
        kind: ProbeKind,
        stream: &mut Stream<'_>,
    ) -> Option<Spanned<SmolStr>> {
        let mut behind = *stream;
        if let Some((text, _)) = string(&mut behind) {
            let is_name = match kind {
                ProbeKind::Tcp => !is_like_an_address(&text),
                ProbeKind::Http | ProbeKind::Log | ProbeKind::Exec => {
                    string(&mut { behind }).is_some() && behind.continues_line()
                }
            };
            return match is_name {
                true => self.quietly(|parser| parser.name(stream, "the name of an endpoint")),
                false => None,
            };
        }
        hyphenated(&mut behind)?;
        let follows = ends(&behind)
            || behind.peek_group(Delimiter::Brace)
            || behind.peek_literal().is_some() && behind.continues_line();
        if !follows {
            return None;
        }
        self.quietly(|parser| parser.name(stream, "the name of an endpoint"))
    }

    /// `("url" | "address" | "host" | "port") endpoint STRING?`, if it is next: these words alone are
    /// texts.
    pub(super) fn endpoint_reference(
        &mut self,
        stream: &mut Stream<'_>,
    ) -> Result<Option<EndpointReference>, Failed> {
        let mut behind = *stream;
        let Some(word) = behind.word() else { return Ok(None) };
        let Some(part) = EndpointPart::from_word(&word.unraw().to_string()) else {
            return Ok(None);
        };
        if let Some(instead) = called(part, behind) {
            let (first, found) = (word.span(), format!("{}(", part.word()));
            behind.group(Delimiter::Parenthesis);
            *stream = behind;
            let found = OtherSyntax::Otherwise { found, instead };
            return Err(self.foreign(found, first, stream.last()));
        }
        let is_named = behind.peek_word().is_some_and(|word| word != "or")
            || string(&mut { behind }).is_some()
            || behind.peek_sign(':');
        // `A = url` and the next entry.
        let mut name = behind;
        let is_entry = name.any().is_some() && name.peek_sign('=') && !behind.continues_line();
        if !is_named || is_entry {
            return Ok(None);
        }
        self.keyword(&word, KeywordPlace::Source);
        *stream = behind;
        let part = Spanned::new(part, self.source.add(word.span(), word.span()));
        let (mut ecosystem, mut unit) = (None, Vec::new());
        if !peek_colons(stream)
            && let Some(colon) = stream.sign(':')
        {
            // `port :metrics`
            let name = hyphenated(stream).map(|(name, ..)| format!(":{name}"));
            let name = name.unwrap_or_else(|| ":NAME".to_owned());
            let instead = format!("\"{{{} {name}}}\"", part.word());
            let found = OtherSyntax::Otherwise { found: name, instead };
            return Err(self.foreign(found, colon.span(), stream.last()));
        }
        // `url self`: its own endpoint.
        let mut behind = *stream;
        if let Some(own) = behind.the_word("self").or_else(|| behind.the_word("this"))
            && (behind.peek_sign(';') || behind.at_end())
        {
            let instead = format!("\"{{{}}}\"", part.word());
            let found = OtherSyntax::Otherwise { found: own.to_string(), instead };
            return Err(self.foreign(found, own.span(), own.span()));
        }
        let is_capital = is_capital_alone(stream);
        if !is_capital && leads_elsewhere(stream) {
            let (first, path) = (stream.span(), self.path(stream)?);
            if stream.sign('.').is_none() {
                let (found, word) = (path.to_string(), part.word());
                let instead = format!("{word} {found}.UNIT");
                let found = OtherSyntax::Otherwise { found, instead };
                return Err(self.foreign(found, first, stream.last()));
            }
            ecosystem = Some(path);
        }
        unit.push(self.name(stream, "the name of a unit")?);
        if is_capital {
            self.capitals.extend(unit.iter().map(|unit| (*part, unit.clone())));
        }
        if stream.sign('.').is_some() {
            unit.push(self.name(stream, "the name of a unit")?);
        }
        let endpoint = match !peek_colons(stream) && stream.sign(':').is_some() {
            true => Some(self.name(stream, "the name of an endpoint")?),
            false => None,
        };
        if part.value == EndpointPart::Url
            && let Some((found, text)) = appended(stream)
        {
            let sign = stream.span();
            let names: Vec<&str> = unit.iter().map(|name| name.as_str()).collect();
            let endpoint = endpoint.map(|name| format!(":{}", name.value)).unwrap_or_default();
            let instead = format!("url {}{endpoint} {text:?}", names.join("."));
            *stream = stream.end_of_line();
            let found = OtherSyntax::Otherwise { found, instead };
            return Err(self.foreign(found, sign, stream.last()));
        }
        let append =
            string(stream).map(|(text, span)| Spanned::new(text, self.source.add(span, span)));
        if let Some(append) = append.as_ref().filter(|_| part.value != EndpointPart::Url) {
            let expected =
                format!("`;`, as a text is appended to a `url`, not to `{}`", part.word());
            let found = format!("{:?}", append.value);
            self.report(Fault::Unexpected { expected, found }, append.span_id);
            return Err(Failed::Within);
        }
        // It would give `http://127.0.0.1:8000v1`.
        if let Some(append) = append.as_ref()
            && !is_path_after(append)
        {
            let span = self.source.place(append.span_id);
            let found = format!("{:?}", append.value);
            let instead = format!("{:?}", format!("/{}", append.value));
            let found = OtherSyntax::Appended { found, instead };
            return Err(self.foreign(found, span.first, span.last));
        }
        Ok(Some(EndpointReference { part, ecosystem, unit, endpoint, append }))
    }

    /// References to a word alone that begins with a capital: it is no path of another ecosystem, and one of
    /// its units has to be named. A unit in another spelling is for the rules to find.
    pub(super) fn capitals(&mut self) {
        for (part, name) in std::mem::take(&mut self.capitals) {
            let known = names_of_units(&self.declaration);
            if known.iter().any(|known| *known == name.value) {
                let fault = Fault::CapitalUnit { word: name.to_string() };
                self.report(fault, name.span_id);
            } else if is_static(&name) && nearest(&name, known).is_none() {
                let (found, word) = (name.to_string(), part.word());
                self.lost.insert(found.clone());
                let instead = format!("{word} {found}.UNIT");
                let found = OtherSyntax::Otherwise { found, instead };
                self.report(Fault::ForeignSyntax { found }, name.span_id);
            }
        }
    }

    /// Links the ecosystems that references in texts begin with: `"{url infra::INFRA.broker}"`.
    pub(super) fn paths_in_texts(&mut self) {
        let paths: Vec<_> = blocks::paths_in_texts(&self.declaration)
            .into_iter()
            .map(|(path, span_id)| (SmolStr::from(path), span_id))
            .collect();
        for (path, span_id) in paths {
            let span = self.source.place(span_id).first;
            let Ok(tokens) = path.parse::<TokenStream>() else { continue };
            let tokens: TokenStream = tokens
                .into_iter()
                .map(|mut token| {
                    token.set_span(span);
                    token
                })
                .collect();
            if is_path(&path) && self.linked.insert(path.clone()) {
                self.links.push(Link { path: path.into(), tokens, span });
            }
        }
    }
}

/// Whether a word is next that begins with a capital, without the `::` or `.` that it has as a path.
fn is_capital_alone(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    hyphenated(&mut behind).is_some_and(|(word, ..)| word.starts_with(char::is_uppercase))
        && !peek_colons(&behind)
        && !behind.peek_sign('.')
}

/// The names of all units, those of agents, and their services.
fn names_of_units(declaration: &Declaration) -> Vec<&str> {
    let mut names = Vec::new();
    for unit in &declaration.units {
        names.extend(unit.name());
        if let Unit::Agent(agent) = unit {
            names.extend(agent.services.iter().map(|service| service.name.as_str()));
        }
    }
    let services = declaration.templates.iter().flat_map(|template| &template.services);
    names.extend(services.map(|service| service.name.as_str()));
    names
}

/// `url(web)`: what to write.
fn called(part: EndpointPart, mut stream: Stream<'_>) -> Option<String> {
    let mut inside = stream.group(Delimiter::Parenthesis)?.inside;
    let name = inside.peek_value()?;
    inside.any();
    inside.at_end().then(|| format!("{} {}", part.word(), name.trim_matches('"')))
}

/// `+ "/v1"`, `/v1`: how a text is appended elsewhere, and the text.
fn appended(stream: &Stream<'_>) -> Option<(String, String)> {
    let mut behind = *stream;
    if behind.sign('+').is_some() {
        return string(&mut behind).map(|(text, _)| ("+".to_owned(), text.to_string()));
    }
    let path = text_of(&stream.tokens_to(&stream.end_of_line()));
    stream.peek_sign('/').then(|| ("/".to_owned(), path.replace(' ', "")))
}

/// Whether a problem says how a reference to an endpoint is written.
pub(super) fn is_of_reference(fault: &Fault) -> bool {
    let Fault::ForeignSyntax { found: OtherSyntax::Otherwise { instead, .. } } = fault else {
        return false;
    };
    let word = instead.trim_start_matches("\"{").split([' ', '}']).next();
    word.is_some_and(|word| EndpointPart::from_word(word).is_some())
}

/// Whether a text is a path of Rust.
fn is_path(text: &str) -> bool {
    let mut segments = text.strip_prefix("::").unwrap_or(text).split("::");
    segments.all(|segment| {
        matches!(segment, "self" | "super" | "crate") || syn::parse_str::<Ident>(segment).is_ok()
    })
}

/// Whether a statement ends here: what can be a place, and begins no statement, continues it.
fn ends(stream: &Stream<'_>) -> bool {
    let continues = stream.peek_literal().is_some()
        || stream.peek_group(Delimiter::Parenthesis)
        || stream.peek_word().as_deref() == Some(AUTO);
    stream.at_end() || stream.peek_sign(';') || !stream.continues_line() && !continues
}

/// Whether a text can be an address, or a host whose port is missing.
fn is_like_an_address(text: &str) -> bool {
    let is_of_host = |letter: char| letter.is_ascii_alphanumeric() || "-.".contains(letter);
    let is_host = text.chars().all(is_of_host) && !text.starts_with(char::is_uppercase);
    text.contains([':', '/', '{']) || is_host
}
