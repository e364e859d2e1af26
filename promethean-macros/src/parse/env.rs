//! Environment variables.

use proc_macro2::{Delimiter, Ident, Span};
use promethean_core::attribute::ExpressionType;
use promethean_core::declaration::{EnvEntry, EnvSet, EnvValue};
use promethean_core::number::number_as_text;
use promethean_core::problem::{Fault, MisplacedBrace, MiswrittenVariable, Problem};
use promethean_core::span_id::Spanned;
use promethean_core::suggest::nearest;
use promethean_core::value::Value;
use syn::ext::IdentExt as _;

use smol_str::{SmolStr, ToSmolStr as _};

use super::endpoints::is_of_reference;
use super::keywords::begins_something;
use super::misread::{Misread, Read, misread};
use super::values::{Written, begins_entry};
use super::words::{Opener, hyphenated, string};
use super::{Failed, KeywordPlace, Parsed, Statement};
use crate::stream::Stream;

/// What other languages write for no value.
const NOTHING: [&str; 7] = ["null", "NULL", "Null", "nil", "undefined", "None", "unset"];

/// What other languages write for `or`; `||` before the `|` that it begins with.
const SIGNS: [&str; 9] = ["||", "??", "|", "?", ",", "OR", "Or", "else", "otherwise"];

/// Where in a chain a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    First,
    /// Behind an `or`.
    Fallback,
}

/// `unset`, where it is a source: at first, it is one only before others.
fn unset(stream: &mut Stream<'_>, place: Place) -> Option<Ident> {
    let mut behind = *stream;
    let word = behind.the_word("unset")?;
    let is_source = place == Place::Fallback || behind.peek_word().as_deref() == Some("or");
    is_source.then(|| {
        *stream = behind;
        word
    })
}

/// The words that begin a source.
fn is_source(word: &str) -> bool {
    matches!(word, "secret" | "inherit" | "unset")
}

/// The entries of one or more `env` blocks.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) spreads: Vec<Spanned<SmolStr>>,
    pub(super) env: Vec<EnvEntry>,
}

impl Parsed {
    /// `"env" NAME "{" entry* "}"`
    pub(super) fn env_set(
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

    /// `entry*`
    pub(super) fn entries(&mut self, mut stream: Stream<'_>) -> Entries {
        let mut entries = Entries::default();
        let mut reported = false;
        while let Some(Statement { start, before, .. }) =
            self.next_statement(&mut stream, None, &mut reported)
        {
            // `env { A = "b"; listen http 3000; }`: the `}` of `env` is missing before it.
            if begins_attribute(&stream) {
                let word = stream.peek_word().unwrap_or_default();
                if !self.is_still_open() {
                    let brace = MisplacedBrace::StillOpen { word, opener: "env".to_owned() };
                    self.report_at(Fault::BraceMisplaced { brace }, start, start);
                }
                self.recover(&Failed::Within, &mut stream, start);
                reported = true;
                continue;
            }
            if let Err(failed) = self.entry(&mut stream, &mut entries) {
                self.recover(&failed, &mut stream, start);
            }
            self.once_in_list(before);
            reported = self.problems.len() > before;
        }
        entries
    }

    /// Whether a block has been reported that is still open: what follows from that is not.
    pub(super) fn is_still_open(&self) -> bool {
        self.problems.iter().any(|problem| {
            let Fault::BraceMisplaced { brace } = &problem.fault else { return false };
            matches!(brace, MisplacedBrace::StillOpen { .. })
        })
    }

    /// The items of a list of YAML are one mistake: `- A=b`.
    fn once_in_list(&mut self, before: usize) {
        let is_item = |problem: &Problem| {
            matches!(
                &problem.fault,
                Fault::MiswrittenVariable { written, wrong: MiswrittenVariable::Before, .. }
                    if written == "-"
            )
        };
        let first = self.before_statement.min(before);
        if self.problems.iter().skip(first).any(is_item)
            && self.problems.iter().take(first).any(is_item)
        {
            let rest = self.problems.split_off(first);
            self.problems.extend(rest.into_iter().filter(|problem| !is_item(problem)));
        }
    }

    fn entry(&mut self, stream: &mut Stream<'_>, entries: &mut Entries) -> Result<(), Failed> {
        let start = *stream;
        let before = (self.problems.len(), entries.env.len(), entries.spreads.len());
        let parsed = self.regular_entry(stream, entries);
        // What is between the sources of a variable is reported there.
        let mut found = self.problems.iter().skip(before.0);
        if parsed.is_ok() && found.all(|problem| matches!(problem.fault, Fault::NotOr { .. })) {
            return parsed;
        }
        // A spread is right as it is, whatever ends it.
        let is_end = |problem: &Problem| {
            matches!(problem.fault, Fault::CommaForSemicolon | Fault::MissingSemicolon)
        };
        if parsed.is_ok()
            && entries.spreads.len() > before.2
            && self.problems.iter().skip(before.0).all(is_end)
        {
            return parsed;
        }
        let mut problems = self.problems.iter().skip(before.0);
        if problems.any(|problem| is_of_reference(&problem.fault)) {
            return parsed;
        }
        // What is wrong may be right elsewhere; then one problem says it in the language's words.
        let (raw, mut ahead) = start.rest_of_statement();
        let Some(Misread { fault, place, read }) = misread(&raw) else { return parsed };
        self.problems.truncate(before.0);
        entries.env.truncate(before.1);
        entries.spreads.truncate(before.2);
        let Some((first, last)) = raw.place(place.start, place.end) else { return parsed };
        let span_id = self.source.add(first, last);
        self.report(fault, span_id);
        for read in read {
            match read {
                Read::Variable(key) => {
                    let value = EnvValue::Text(Spanned::new(SmolStr::default(), span_id));
                    entries.env.push(EnvEntry { key: Spanned::new(key.into(), span_id), value });
                }
                // Nothing depends on what is taken away or spread.
                Read::Nothing => {}
            }
        }
        ahead.sign(';');
        *stream = ahead;
        Ok(())
    }

    fn regular_entry(
        &mut self,
        stream: &mut Stream<'_>,
        entries: &mut Entries,
    ) -> Result<(), Failed> {
        if stream.peek_sign('.') {
            let spread = self.spread(stream)?;
            entries.spreads.push(spread);
            // `..one, ..other`
            let mut behind = *stream;
            if let Some(comma) = behind.sign(',')
                && behind.peek_sign('.')
            {
                self.report_at(Fault::CommaForSemicolon, comma.span(), comma.span());
                *stream = behind;
                return Ok(());
            }
            return self.end(stream, "`;`");
        }
        if let Some(key) = self.unset(stream) {
            entries.env.push(EnvEntry { key, value: EnvValue::Unset });
            return self.end(stream, "`;`");
        }
        let key = self.key(stream)?;
        let value = if stream.sign('=').is_some() {
            self.env_value(&key, stream)?
        } else if stream.peek_sign(';') || stream.at_end() {
            EnvValue::Required
        } else {
            let value_follows = stream.sign(':').is_some() || stream.peek_literal().is_some();
            if !value_follows {
                // Nothing that a value could be: what is missing is the `;`.
                entries.env.push(EnvEntry { key, value: EnvValue::Required });
                return self.end(stream, "`=` or `;`");
            }
            if !self.in_javascript {
                let value = stream.peek_value().unwrap_or_else(|| "value".to_owned());
                self.report(Fault::EnvWithoutEquals { key: key.to_string(), value }, key.span_id);
            }
            self.env_value(&key, stream)?
        };
        entries.env.push(EnvEntry { key, value });
        self.end_of_entry(stream)
    }

    /// The `;` behind an entry; where the next entry begins without it, it is missing.
    fn end_of_entry(&mut self, stream: &mut Stream<'_>) -> Result<(), Failed> {
        let mut behind = *stream;
        if behind.word().is_some() && behind.peek_sign('=') {
            self.report_at(Fault::MissingSemicolon, stream.last(), stream.last());
            return Ok(());
        }
        self.end(stream, "`;`")
    }

    /// `".." NAME`
    fn spread(&mut self, stream: &mut Stream<'_>) -> Result<Spanned<SmolStr>, Failed> {
        let first = stream.span();
        let dots = std::iter::from_fn(|| stream.sign('.')).count();
        if dots != 2 {
            let found = format!("`{}`", ".".repeat(dots));
            let expected = "`..` and the name of an env set".to_owned();
            self.report_at(Fault::Unexpected { expected, found }, first, stream.last());
        }
        self.name(stream, "the name of an env set")
    }

    /// `"unset" ENV_KEY`, if it is next: a variable may have the name `unset` itself.
    fn unset(&mut self, stream: &mut Stream<'_>) -> Option<Spanned<SmolStr>> {
        let mut behind = *stream;
        behind.the_word("unset")?;
        if behind.peek_word().is_none() && behind.peek_literal().is_none() {
            return None;
        }
        *stream = behind;
        self.key(stream).ok()
    }

    /// `ENV_KEY := IDENT | STRING`
    fn key(&mut self, stream: &mut Stream<'_>) -> Result<Spanned<SmolStr>, Failed> {
        if let Some((text, span)) = string(stream) {
            return Ok(Spanned::new(text, self.source.add(span, span)));
        }
        match stream.word() {
            Some(word) => {
                let span_id = self.source.add(word.span(), word.span());
                Ok(Spanned::new(word.unraw().to_smolstr(), span_id))
            }
            None => Err(self.unexpected(stream, "the name of an environment variable")),
        }
    }

    /// `source ("or" source)* ("or" "unset")?`
    fn env_value(
        &mut self,
        key: &Spanned<SmolStr>,
        stream: &mut Stream<'_>,
    ) -> Result<EnvValue, Failed> {
        let (first, mut sources) = (stream.span(), Vec::new());
        let value = self.value_source(key, stream, Place::First)?;
        let last = stream.last();
        if !self.or(&value, stream) {
            return Ok(value);
        }
        sources.push(Spanned::new(value, self.source.add(first, last)));
        loop {
            let first = stream.span();
            let value = self.value_source(key, stream, Place::Fallback)?;
            let last = stream.last();
            let goes_on = self.or(&value, stream);
            sources.push(Spanned::new(value, self.source.add(first, last)));
            if !goes_on {
                return Ok(EnvValue::Or(sources));
            }
        }
    }

    /// `"or"`, if it is next; what other languages write for it is reported.
    fn or(&mut self, source: &EnvValue, stream: &mut Stream<'_>) -> bool {
        // Most values are alone.
        if stream.peek_sign(';') {
            return false;
        }
        if let Some(or) = stream.the_word("or") {
            self.keyword(&or, KeywordPlace::Source);
            let mut behind = *stream;
            let again = ["or", "else"].into_iter().find(|word| behind.the_word(word).is_some());
            if let Some(again) = again
                && !behind.peek_sign(';')
                && !behind.at_end()
            {
                let sign = format!("or {again}");
                self.report_at(Fault::NotOr { sign }, or.span(), behind.last());
                *stream = behind;
            }
            return true;
        }
        let can_be_missing = match source {
            EnvValue::Secret(_) | EnvValue::Inherit(_) => true,
            EnvValue::Text(text) => text.contains('{'),
            EnvValue::Endpoint(_)
            | EnvValue::Expression(_)
            | EnvValue::Or(_)
            | EnvValue::Required
            | EnvValue::Unset => false,
        };
        let (mut behind, first) = (*stream, stream.span());
        let sign = SIGNS.iter().find_map(|sign| {
            let mut ahead = *stream;
            let mut letters = sign.chars();
            let is_next = match sign.starts_with(char::is_alphabetic) {
                true => ahead.the_word(sign).is_some(),
                false => letters.all(|letter| ahead.sign(letter).is_some()),
            };
            behind = ahead;
            is_next.then_some(*sign)
        });
        let Some(sign) = sign.filter(|_| can_be_missing) else { return false };
        let next = behind.peek_word();
        let is_source = behind.peek_literal().is_some()
            || behind.peek_group(Delimiter::Parenthesis)
            || next.is_some_and(|word| sign != "," || is_source(&word));
        if behind.on_next_line() || begins_entry(&behind) || !is_source {
            return false;
        }
        self.report_at(Fault::NotOr { sign: sign.to_owned() }, first, behind.last());
        *stream = behind;
        true
    }

    /// `value | "secret" STRING? | "inherit" STRING?`, and behind an `or` also `"unset"`
    fn value_source(
        &mut self,
        key: &Spanned<SmolStr>,
        stream: &mut Stream<'_>,
        place: Place,
    ) -> Result<EnvValue, Failed> {
        if let Some(reference) = self.endpoint_reference(stream)? {
            return Ok(EnvValue::Endpoint(Box::new(reference)));
        }
        Ok(if let Some(word) = stream.the_word("secret") {
            self.keyword(&word, KeywordPlace::Source);
            EnvValue::Secret(self.optional_string(stream))
        } else if let Some(word) = stream.the_word("inherit") {
            self.keyword(&word, KeywordPlace::Source);
            EnvValue::Inherit(self.optional_string(stream))
        } else if let Some(word) = unset(stream, place) {
            self.keyword(&word, KeywordPlace::Source);
            EnvValue::Unset
        } else {
            match self.text_or_expression(key, stream, place)? {
                Spanned { value: Value::Expression(index), span_id } => {
                    EnvValue::Expression(Spanned::new(index, span_id))
                }
                Spanned { value: Value::Text(text), span_id } => {
                    EnvValue::Text(Spanned::new(text, span_id))
                }
                Spanned { value, span_id } => {
                    EnvValue::Text(Spanned::new(value.to_smolstr(), span_id))
                }
            }
        })
    }

    fn optional_string(&mut self, stream: &mut Stream<'_>) -> Option<Spanned<SmolStr>> {
        let (text, span) = string(stream)?;
        Some(Spanned::new(text, self.source.add(span, span)))
    }

    /// A value as the process gets it: text as it is written, without `_`.
    fn text_or_expression(
        &mut self,
        key: &Spanned<SmolStr>,
        stream: &mut Stream<'_>,
        place: Place,
    ) -> Result<Spanned<Value>, Failed> {
        let first = stream.span();
        if let Some(group) = stream.group(Delimiter::Parenthesis) {
            let index =
                self.expression(group.inside, ExpressionType::Text, group.open, group.close)?;
            return Ok(Spanned::new(Value::Expression(index), self.source.add(first, group.close)));
        }
        let text = match self.literal(stream)? {
            Some(Written::Text(text)) => text,
            Some(Written::Number(number)) => match number_as_text(&number) {
                Ok(text) => text.into(),
                Err(error) => {
                    let fault = Fault::BadNumber { written: number, error, in_env: true };
                    self.report_at(fault, first, stream.last());
                    return Err(Failed::Within);
                }
            },
            None => match hyphenated(stream) {
                Some((word, ..)) => {
                    let word = self.no_path(word, first, stream)?;
                    if NOTHING.contains(&word.as_str()) {
                        let (key, word) = (key.to_string(), word.to_string());
                        let fault = match place {
                            Place::First => Fault::NothingAsValue { key, word },
                            Place::Fallback => Fault::NothingAsFallback { word },
                        };
                        self.report_at(fault, first, stream.last());
                    } else if let Some(meant) = nearest(&word, ["secret", "inherit"]) {
                        let (word, meant) = (word.to_string(), meant.to_owned());
                        self.report_at(Fault::MistypedSource { word, meant }, first, stream.last());
                        // The name that is read.
                        string(stream);
                    }
                    word
                }
                None => return Err(self.unexpected(stream, "a value")),
            },
        };
        Ok(Spanned::new(Value::Text(text), self.source.add(first, stream.last())))
    }
}

/// Whether a statement of a block is next, or an item, which no entry is: a word that begins one, and its value.
/// What somebody may write for a variable, too, is none.
fn begins_attribute(stream: &Stream<'_>) -> bool {
    const TOO: [&str; 8] = ["include", "name", "port", "root", "unset", "use", "user", "version"];
    let mut behind = *stream;
    let Some(word) = behind.word().map(|word| word.to_string()) else { return false };
    let has_value = behind.continues_line()
        && (behind.peek_literal().is_some()
            || behind.peek_word().is_some()
            || behind.peek_group(Delimiter::Brace));
    has_value && begins_something(&word) && !TOO.contains(&word.as_str())
}
