//! Values: strings, numbers, durations, sizes, words and Rust expressions.

use proc_macro2::{Delimiter, Span, TokenTree};
use promethean_core::address::is_known_scheme;
use promethean_core::attribute::{Attribute, ExpressionType};
use promethean_core::declaration::Purpose;
use promethean_core::number::{format_duration, parse_number};
use promethean_core::other_tools;
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use promethean_core::value::Value;
use smol_str::SmolStr;
use syn::Lit;

use super::misread::joined_texts;
use super::words::{hyphenated, peek_colons, plain, rejected_by_rustc};
use super::{Expression, Failed, Parsed, keywords};
use crate::stream::{Stream, chunks, text_of};

/// What values are for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<'a> {
    /// What stands before them: `watch`, `ready tcp`.
    pub(super) key: &'a str,
    /// The type that an expression has.
    pub(super) kind: ExpressionType,
    /// Whether there can be several.
    pub(super) many: bool,
}

impl Parsed {
    /// `value ("," value)*`, up to what ends them.
    pub(super) fn values(
        &mut self,
        stream: &mut Stream<'_>,
        slot: Slot<'_>,
    ) -> Result<Vec<Spanned<Value>>, Failed> {
        let mut values = Vec::new();
        let (begin, problems) = (*stream, self.problems.len());
        loop {
            let start = *stream;
            if let Some(mut list) = stream.group(Delimiter::Bracket) {
                let inside = text_of(&list.inside.tokens_to(&list.inside.end()));
                let inside = match inside.as_str() {
                    "" => String::new(),
                    inside => format!("{} {}", slot.key, inside.trim_end_matches([',', ' '])),
                };
                self.bracketed(inside, list.open, list.close);
                while !list.inside.at_end() {
                    values.append(&mut self.values(&mut list.inside, slot)?);
                    if list.inside.sign(',').is_none() {
                        break;
                    }
                }
            } else if is_raw(&start, slot) {
                // What is said of the line as a whole says it of what was before, too.
                self.problems.truncate(problems.min(self.before_statement));
                return Err(self.raw(&begin, &start, stream, slot));
            } else {
                values.push(self.value(stream, slot)?);
            }
            if !self.another(stream, slot) {
                return Ok(values);
            }
        }
    }

    /// Reports brackets around a list; those behind a `:` or `=` belong to the same mistake.
    pub(super) fn bracketed(&mut self, inside: String, open: Span, close: Span) {
        let after_sign = self.problems.last().is_some_and(|problem| {
            matches!(problem.fault, Fault::SignAfterAttribute { .. })
                && self.source.place(problem.span_id).last.end().line == open.start().line
        });
        if !after_sign && !self.in_javascript {
            self.report_at(Fault::BracketedList { inside }, open, close);
        }
    }

    /// Takes the `,` before another value, and says whether there is one.
    fn another(&mut self, stream: &mut Stream<'_>, slot: Slot<'_>) -> bool {
        if slot.many && stream.peek_literal().is_some() {
            let mut behind = *stream;
            behind.literal();
            // A line that begins with a name and `=` or `:` is no value.
            if !behind.peek_sign('=') && !behind.peek_sign(':') {
                // Of several in a list the first one is reported.
                let missing = Fault::ForeignSyntax { found: OtherSyntax::MissingComma };
                let known = self.problems.iter().skip(self.before_statement);
                if !known.clone().any(|problem| problem.fault == missing) {
                    self.foreign(OtherSyntax::MissingComma, stream.last(), stream.last());
                }
                return true;
            }
        }
        let mut behind = *stream;
        let Some(comma) = behind.sign(',') else { return false };
        if behind.peek_sign(';') {
            self.foreign(OtherSyntax::Superfluous { sign: ',' }, comma.span(), comma.span());
            *stream = behind;
            return false;
        }
        let is_probe = slot.key.starts_with("ready ") || slot.key.starts_with("alive ");
        let is_time = (is_probe || probe_settings(Purpose::Alive).contains(&slot.key))
            && begins_probe_setting(&behind);
        let is_time = is_time || is_option_of_block(slot.key) && begins_option(&behind);
        if behind.at_end()
            || is_time
            || begins_entry(&behind)
            || keywords::begins_statement(&behind) && !(slot.many && is_value(&behind))
        {
            return false;
        }
        *stream = behind;
        true
    }

    /// Reports what is no value by itself: a text without quotes, or an expression without
    /// parentheses. `begin` is where the first value begins, `start` where this one does.
    fn raw<'c>(
        &mut self,
        begin: &Stream<'c>,
        start: &Stream<'c>,
        stream: &mut Stream<'c>,
        slot: Slot<'_>,
    ) -> Failed {
        let Slot { key, kind, many } = slot;
        let one = end_of_raw(start);
        let tokens = start.tokens_to(&one);
        let text = text_of(&tokens);
        *stream = one;
        let (first, last) = (start.span(), stream.last());
        if let Some(name) = variable(&text) {
            let found = OtherSyntax::Variable { key: key.to_owned(), name, written: text };
            return self.foreign(found, first, last);
        }
        if let [TokenTree::Ident(word), TokenTree::Punct(_), TokenTree::Group(list)] =
            tokens.as_slice()
            && many
            && word == "vec"
        {
            let values: Vec<TokenTree> = list.stream().into_iter().collect();
            let instead = format!("{key} {};", text_of(&values));
            return self.foreign(
                OtherSyntax::Otherwise { found: "vec!".into(), instead },
                first,
                last,
            );
        }
        if key == "run" && is_pipeline(&tokens) {
            let line = start.end_of_line();
            let found = text_of(&begin.tokens_to(&line));
            let instead = format!("run \"sh\", \"-c\", {found:?};");
            *stream = line;
            return self.foreign(OtherSyntax::Otherwise { found, instead }, first, last);
        }
        if is_expression(key, &tokens) {
            if kind == ExpressionType::Duration
                && let Some(product) = product(&text)
            {
                let duration = format_duration(std::time::Duration::from_millis(product));
                let found =
                    OtherSyntax::Otherwise { found: text, instead: format!("{key} {duration};") };
                return self.foreign(found, first, last);
            }
            if let Some(instead) = joined_texts(&text).or_else(|| variable_in_rust(&text, kind)) {
                return self.foreign(OtherSyntax::Otherwise { found: text, instead }, first, last);
            }
            self.report_at(Fault::BarePath { path: text }, first, last);
            return Failed::Within;
        }
        match kind {
            ExpressionType::Text => {}
            ExpressionType::Integer => {
                let mut numbers = text.split(|sign: char| !sign.is_ascii_digit() && sign != '_');
                let number = numbers.rfind(|digits| !digits.is_empty());
                if let Some(number) = number.filter(|_| text.contains(':')) {
                    let instead = format!("{key} {number};");
                    return self.foreign(
                        OtherSyntax::Otherwise { found: text, instead },
                        first,
                        last,
                    );
                }
                let words: Vec<&str> = text.split(' ').collect();
                let is_port = |text: &str| text.parse::<u16>().is_ok();
                if let [port, name, other] = words.as_slice()
                    && key == "port"
                    && is_port(port)
                    && is_port(other)
                {
                    let instead = format!("port {port}; listen {name}: http {other};");
                    return self.foreign(
                        OtherSyntax::Otherwise { found: text.clone(), instead },
                        first,
                        last,
                    );
                }
                return self.unexpected_at("a whole number", &format!("`{text}`"), first, last);
            }
            ExpressionType::Boolean => {
                return self.unexpected_at("`true` or `false`", &format!("`{text}`"), first, last);
            }
            ExpressionType::Duration => {
                let expected = "a duration such as `500ms`, `10s`, `5m` or `2h`";
                return self.unexpected_at(expected, &format!("`{text}`"), first, last);
            }
            ExpressionType::Bytes => {
                let expected = "a size such as `512K`, `300M` or `1G`";
                return self.unexpected_at(expected, &format!("`{text}`"), first, last);
            }
        }
        self.unquoted(text, begin, start, stream, slot)
    }

    /// Reports a text without quotes; `stream` is behind it.
    fn unquoted<'c>(
        &mut self,
        text: String,
        begin: &Stream<'c>,
        start: &Stream<'c>,
        stream: &mut Stream<'c>,
        slot: Slot<'_>,
    ) -> Failed {
        let Slot { key, many, .. } = slot;
        let (first, last) = (start.span(), stream.last());
        // Behind `//` comes a comment.
        let scheme =
            text.strip_suffix(':').filter(|scheme| is_known_scheme(scheme) || *scheme == "file");
        if let Some(scheme) = scheme {
            let instead = match key {
                "ready tcp" | "alive tcp" => format!("{key} \"127.0.0.1:8000\";"),
                _ => format!("{key} \"{scheme}://127.0.0.1:8000/health\";"),
            };
            let written = format!("{scheme}://…");
            self.report_at(Fault::Unquoted { written, instead }, first, last);
            return Failed::Within;
        }
        if key == "on"
            && let Some(together) = all_of(&text_of(&start.tokens_to(&start.end_of_line())))
        {
            *stream = start.end_of_line();
            let written = text_of(&start.tokens_to(stream));
            return self.foreign(OtherSyntax::AllOf { written, together }, first, stream.last());
        }
        let instead = match many {
            // All of the line is given in quotes.
            true => {
                let line = start.end_of_line();
                let words: Vec<String> = chunks(&begin.tokens_to(&line))
                    .iter()
                    .map(|chunk| match chunk.as_slice() {
                        [TokenTree::Literal(literal)] if is_string(&literal.to_string()) => {
                            literal.to_string()
                        }
                        chunk => format!("{:?}", text_of(chunk)),
                    })
                    .collect();
                *stream = line;
                format!("{key} {};", words.join(", "))
            }
            false if key == "cron_restart" && other_tools::times_of_word(&text).is_some() => {
                format!("{key} {:?};", other_tools::times_of_word(&text).unwrap_or_default())
            }
            false if key == "module" => format!("module {};", other_tools::module(&text)),
            false if matches!(key, "ready http" | "alive http") && !text.contains("://") => {
                probe_of(key, &text)
            }
            false if matches!(key, "ready tcp" | "alive tcp") => {
                format!("{key} {:?};", text.replace('"', "").replace(' ', ":"))
            }
            // Some of it is in quotes.
            false => format!("{key} {:?};", text.replace('"', "")),
        };
        self.report_at(Fault::Unquoted { written: text, instead }, first, last);
        Failed::Within
    }

    /// `value`
    pub(super) fn value(
        &mut self,
        stream: &mut Stream<'_>,
        slot: Slot<'_>,
    ) -> Result<Spanned<Value>, Failed> {
        let first = stream.span();
        if let Some(group) = stream.group(Delimiter::Parenthesis) {
            let index = self.expression(group.inside, slot.kind, group.open, group.close)?;
            return Ok(Spanned::new(Value::Expression(index), self.source.add(first, group.close)));
        }
        let value = match self.literal(stream)? {
            Some(Written::Text(text)) => Value::Text(text),
            Some(Written::Number(number)) => {
                let written = self.with_unit(number, stream);
                match parse_number(&written) {
                    Ok(number) => number.into(),
                    Err(error) => {
                        let fault = Fault::BadNumber { written, error, in_env: false };
                        self.report_at(fault, first, stream.last());
                        return Err(Failed::Within);
                    }
                }
            }
            None => match hyphenated(stream) {
                Some((word, ..)) => match word.as_str() {
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    "null" | "undefined" | "None" | "nil" | "NULL" | "nullptr" => {
                        let found =
                            OtherSyntax::NoValue { key: slot.key.into(), word: word.into() };
                        return Err(self.foreign(found, first, stream.last()));
                    }
                    _ => Value::Word(self.no_path(word, first, stream)?),
                },
                None => return Err(self.unexpected(stream, "a value")),
            },
        };
        Ok(Spanned::new(value, self.source.add(first, stream.last())))
    }

    /// A number with the unit that is behind it by itself, which is reported.
    fn with_unit(&mut self, number: String, stream: &mut Stream<'_>) -> String {
        let unit = stream.peek_word().filter(|_| !stream.on_next_line());
        let Some(unit) = unit.as_deref().and_then(unit_of) else { return number };
        let first = stream.last();
        stream.word();
        let (joined, unit) = (format!("{number}{unit}"), unit.to_owned());
        // What is no number of the language with its unit is reported as that.
        if parse_number(&joined).is_err() {
            return joined;
        }
        self.report_at(Fault::SplitUnit { number, unit }, first, stream.last());
        joined
    }

    /// A word that nothing follows which makes it a Rust expression.
    pub(super) fn no_path(
        &mut self,
        word: SmolStr,
        first: Span,
        stream: &mut Stream<'_>,
    ) -> Result<SmolStr, Failed> {
        let is_macro = stream.peek_sign('!');
        let is_keyword = is_rust_keyword(&word)
            && !(stream.at_end() || stream.peek_sign(';') || stream.peek_sign(','));
        if !(peek_colons(stream) || is_macro || is_keyword) {
            return Ok(word);
        }
        let start = *stream;
        *stream = match is_keyword {
            true => end_of_expression(stream),
            false => end_of_raw(stream),
        };
        let space = if is_keyword { " " } else { "" };
        let path = format!("{word}{space}{}", text_of(&start.tokens_to(stream)));
        self.report_at(Fault::BarePath { path }, first, stream.last());
        Err(Failed::Within)
    }

    /// A literal that is a value, if a literal is next; with its sign.
    pub(super) fn literal(&mut self, stream: &mut Stream<'_>) -> Result<Option<Written>, Failed> {
        let first = stream.span();
        let mut behind = *stream;
        let negative = behind.sign('-').is_some();
        let Some(literal) = behind.literal() else { return Ok(None) };
        *stream = behind;
        let text = literal.to_string();
        if let Some(text) = plain(&text).filter(|_| !negative) {
            return Ok(Some(Written::Text(text.into())));
        }
        match Lit::new(literal) {
            Lit::Str(string) if !negative => Ok(Some(Written::Text(string.value().into()))),
            Lit::Int(_) | Lit::Float(_) => {
                Ok(Some(Written::Number(if negative { format!("-{text}") } else { text })))
            }
            Lit::Verbatim(_) if rejected_by_rustc(&text).is_some() => {
                Ok(Some(Written::Text(rejected_by_rustc(&text).unwrap_or_default())))
            }
            _ => {
                self.report_at(Fault::NotAValue { literal: text }, first, stream.last());
                Err(Failed::Within)
            }
        }
    }

    /// The tokens between the parentheses of an expression.
    pub(super) fn expression(
        &mut self,
        inside: Stream<'_>,
        kind: ExpressionType,
        open: Span,
        close: Span,
    ) -> Result<usize, Failed> {
        if inside.at_end() {
            self.report_at(Fault::EmptyExpression, open, close);
            return Err(Failed::Within);
        }
        let span = inside.span();
        self.expressions.push(Expression { kind, tokens: inside.tokens(), span });
        Ok(self.expressions.len() - 1)
    }
}

/// A literal as it was written.
pub(super) enum Written {
    Text(SmolStr),
    Number(String),
}

/// The unit that a word behind a number is.
fn unit_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "K" | "k" | "KB" | "kB" | "kb" | "KiB" | "Ki" => "K",
        "M" | "MB" | "mb" | "Mb" | "MiB" | "Mi" => "M",
        "G" | "g" | "GB" | "gb" | "Gb" | "GiB" | "Gi" => "G",
        _ => return None,
    })
}

/// Whether a name and `:` or `=` are next, which no value has.
pub(super) fn begins_entry(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    (behind.word().is_some() || behind.literal().is_some())
        && (behind.peek_sign('=') || behind.peek_sign(':') && !peek_colons(&behind))
        && !behind.adjoins_to_the_right()
}

/// What a probe can have besides what it tries.
pub(super) fn probe_settings(purpose: Purpose) -> &'static [&'static str] {
    match purpose {
        Purpose::Ready => &["timeout", "interval", "status"],
        Purpose::Alive => &["timeout", "interval", "status", "failures"],
    }
}

/// Whether a setting of a probe is next.
pub(super) fn begins_probe_setting(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let word = behind.word().map(|word| word.to_string());
    word.is_some_and(|word| {
        let word = word.as_str();
        probe_settings(Purpose::Alive).contains(&word)
            || matches!(word, "every" | "within" | "retries" | "period")
    }) && !behind.peek_sign(',')
        && !behind.peek_sign(';')
}

/// Whether a name is that of an option in a block: of `watch_options`.
fn is_option_of_block(name: &str) -> bool {
    let options = Attribute::find("watch_options").and_then(Attribute::options);
    options.is_some_and(|options| options.names.contains(&name))
}

/// Whether such an option is next, with a value.
pub(super) fn begins_option(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    let is_option = behind.word().is_some_and(|word| is_option_of_block(&word.to_string()));
    is_option && !behind.at_end() && !behind.peek_sign(',') && !behind.peek_sign(';')
}

/// Whether a value is next and nothing but a value.
pub(super) fn is_value(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    behind.any().is_some() && (behind.at_end() || behind.peek_sign(';') || behind.peek_sign(','))
}

/// Whether what is next is no value by itself: what follows without a space, or on the same line and
/// begins nothing, belongs to it.
fn is_raw(start: &Stream<'_>, slot: Slot<'_>) -> bool {
    if start.peek_alone() {
        return false;
    }
    let mut behind = *start;
    let is_string = behind.peek_literal().is_some_and(|literal| is_string(&literal.to_string()));
    let is_number = behind.peek_literal().is_some() && !is_string;
    let keyword = behind.peek_word().is_some_and(|word| is_rust_keyword(&word));
    let is_word = behind.peek_word().is_some();
    let negative = behind.sign('-').is_some();
    // The directory of `runner venv` is another value.
    if slot.key == "runner" && behind.peek_word().is_some_and(|word| word == "venv") {
        return false;
    }
    let taken = match () {
        () if behind.group(Delimiter::Parenthesis).is_some() => !negative,
        () if behind.literal().is_some() => true,
        () => !negative && hyphenated(&mut behind).is_some(),
    };
    if !taken {
        let is_end = start.at_end() || [';', ','].iter().any(|sign| start.peek_sign(*sign));
        let is_block = start.peek_group(Delimiter::Brace) || start.peek_group(Delimiter::Bracket);
        return !is_end && !is_block;
    }
    let ends = behind.at_end()
        || behind.peek_sign(';')
        || behind.peek_sign(',')
        || behind.peek_sign('#')
        || behind.peek_group(Delimiter::Brace) && !keyword;
    if ends {
        return false;
    }
    if behind.adjoins() {
        return true;
    }
    if !behind.continues_line() {
        return false;
    }
    match behind.peek_any() {
        Some(TokenTree::Ident(word)) => {
            let word = word.to_string();
            let unit = is_number && unit_of(&word).is_some();
            // A directory follows `runner venv`, a value that is missing its `,` in a list.
            !unit
                && (keyword
                    || is_word && COMMANDS.contains(&slot.key)
                    || !keywords::begins_something(&word))
                && (is_word || is_number && slot.kind != ExpressionType::Duration)
        }
        Some(TokenTree::Literal(literal)) => {
            let next_is_string = self::is_string(&literal.to_string());
            let two_numbers = is_number && !next_is_string;
            let is_list =
                slot.many && (is_string || two_numbers || slot.kind != ExpressionType::Text);
            let two_strings = is_string && next_is_string;
            !is_list && !two_strings
        }
        Some(TokenTree::Punct(sign)) => sign.as_char() != '.' || !is_string,
        Some(TokenTree::Group(_)) => keyword,
        None => false,
    }
}

/// What a bare word is no value of, so that any word behind it belongs to the same text.
const COMMANDS: [&str; 6] = ["run", "args", "node_args", "post_update", "ready exec", "alive exec"];

/// Where what is no value ends: at a `,`, a `;`, or with its line. The blocks of an expression belong
/// to it.
fn end_of_raw<'c>(start: &Stream<'c>) -> Stream<'c> {
    if !start.peek_word().is_some_and(|word| is_rust_keyword(&word)) {
        return start.end_of_value();
    }
    end_of_expression(start)
}

/// Where an expression ends that has blocks in it: at a `,` or a `;`.
fn end_of_expression<'c>(start: &Stream<'c>) -> Stream<'c> {
    let mut behind = *start;
    while !behind.at_end()
        && !behind.peek_sign(';')
        && !behind.peek_sign(',')
        && behind.any().is_some()
    {}
    behind
}

/// The words that begin an expression in Rust.
fn is_rust_keyword(word: &str) -> bool {
    ["if", "match", "unsafe", "for", "while", "loop", "move", "return"].contains(&word)
}

fn is_string(literal: &str) -> bool {
    literal.starts_with('"') || literal.starts_with('r') && literal.ends_with(['"', '#'])
}

/// Whether tokens are a Rust expression: a path, a call, a macro, an operation.
pub(super) fn is_expression(key: &str, tokens: &[TokenTree]) -> bool {
    let operator = tokens.windows(3).any(|three| match three {
        [one, TokenTree::Punct(sign), other] => {
            let between_spaces = one.span().end() != sign.span().start()
                && (sign.span().end() != other.span().start()
                    || matches!(other, TokenTree::Punct(next) if next.as_char() == sign.as_char()));
            between_spaces
                && "+-*/%|&<>?".contains(sign.as_char())
                && !(sign.as_char() == '-' && matches!(other, TokenTree::Punct(_)))
                && !matches!(one, TokenTree::Punct(_))
        }
        _ => false,
    });
    let sign = |token: &TokenTree, signs: &str| matches!(token, TokenTree::Punct(punct) if signs.contains(punct.as_char()));
    let adjoin = |one: &TokenTree, other: &TokenTree| one.span().end() == other.span().start();
    let pairs = tokens.windows(2).any(|pair| match pair {
        [one, other] if adjoin(one, other) => match (one, other) {
            (TokenTree::Punct(one), TokenTree::Punct(other)) => {
                one.as_char() == ':' && other.as_char() == ':'
            }
            (TokenTree::Ident(_) | TokenTree::Punct(_), TokenTree::Group(group)) => {
                group.delimiter() == Delimiter::Parenthesis || sign(one, "!")
            }
            _ => false,
        },
        _ => false,
    });
    let first = match tokens.first() {
        Some(TokenTree::Ident(word)) => is_rust_keyword(&word.to_string()),
        Some(TokenTree::Punct(sign)) => matches!(sign.as_char(), '!' | '&' | '|'),
        Some(TokenTree::Literal(literal)) => {
            is_string(&literal.to_string()) && tokens.get(1).is_some_and(|next| sign(next, ".+"))
        }
        Some(TokenTree::Group(_)) => tokens.len() > 1,
        None => false,
    };
    // A cron pattern is no product.
    let is_cron = key.starts_with("cron")
        || tokens.iter().filter(|token| sign(token, "*")).count() > 1
            && tokens.last().is_some_and(|last| sign(last, "*"));
    (pairs || operator || first) && !is_cron
}

/// Whether tokens are commands that a shell joins.
fn is_pipeline(tokens: &[TokenTree]) -> bool {
    tokens.windows(3).any(|three| match three {
        [one, TokenTree::Punct(sign), _] => {
            one.span().end() != sign.span().start() && "|&<>".contains(sign.as_char())
        }
        _ => false,
    })
}

/// What JavaScript and shells write for an environment variable: the variable's name.
fn variable(text: &str) -> Option<String> {
    let name = ["process.env.", "import.meta.env.", "Bun.env.", "Deno.env.", "$env:", "$"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .or_else(|| text.strip_prefix('%')?.strip_suffix('%'))
        .or_else(|| text.strip_prefix("env.").filter(|name| !name.contains('.')))?;
    let name = name.trim_start_matches(['{', ' ']);
    let end = name.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let name = name.get(..end.unwrap_or(name.len()))?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// `std::env::var("NAME")`, which gives no value where the variable is not set.
fn variable_in_rust(text: &str, kind: ExpressionType) -> Option<String> {
    let call = text.strip_prefix("std::").unwrap_or(text);
    let name = call.strip_prefix("env::var(\"")?.strip_suffix("\")")?;
    if name.contains('"') {
        return None;
    }
    match kind {
        ExpressionType::Text => Some(format!("({text}.unwrap_or_default())")),
        ExpressionType::Integer => {
            Some(format!("({text}.map_or(8080, |text| text.parse::<u16>().expect(\"a number\")))"))
        }
        ExpressionType::Boolean | ExpressionType::Duration | ExpressionType::Bytes => None,
    }
}

/// `60 * 1000`, as a number of milliseconds.
fn product(text: &str) -> Option<u64> {
    let mut product: u64 = 1;
    for factor in text.split('*') {
        product = product.checked_mul(factor.trim().replace('_', "").parse().ok()?)?;
    }
    Some(product)
}

/// `npu and gpu`: a name for what has all of these.
fn all_of(written: &str) -> Option<String> {
    let mut words: Vec<&str> = written.split_whitespace().collect();
    let before = words.len();
    words.retain(|word| !matches!(*word, "and" | "&" | "&&" | "+"));
    let is_name = |word: &&str| {
        word.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
    };
    (words.len() > 1 && words.len() < before && words.iter().all(is_name)).then(|| words.join("-"))
}

/// A probe whose target is not, or not all, in quotes.
fn probe_of(key: &str, text: &str) -> String {
    let plain = text.replace('"', "");
    match plain.split_whitespace().collect::<Vec<_>>().as_slice() {
        [port, path] if port.parse::<u16>().is_ok() && path.starts_with('/') => {
            format!("{key} \"http://127.0.0.1:{port}{path}\";")
        }
        [path, time] if path.starts_with('/') => {
            format!("{key} {path:?} {{ timeout {time}; }}")
        }
        [path] if path.starts_with('/') => format!("{key} {path:?};"),
        _ => format!("{key} \"http://{}\";", plain.replace(' ', "")),
    }
}
