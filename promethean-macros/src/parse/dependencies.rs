//! `depends_on`.

use proc_macro2::{Delimiter, Ident};
use promethean_core::attribute::{ExpressionType, one_of};
use promethean_core::declaration::{Condition, Dependency};
use promethean_core::kind::RESTARTS;
use promethean_core::other_tools::{self, Place, Written};
use promethean_core::problem::{Fault, OtherSyntax};
use promethean_core::span_id::Spanned;
use promethean_core::suggest::nearest;

use smol_str::SmolStr;
use syn::ext::IdentExt as _;

use super::values::Slot;
use super::words::{hyphenated, peek_colons};
use super::{Failed, KeywordPlace, Parsed, keywords};
use crate::stream::{Stream, text_of};

impl Parsed {
    /// `target ("," target)*`. What is wrong in one of them hides none of the others.
    pub(super) fn dependencies(
        &mut self,
        stream: &mut Stream<'_>,
    ) -> Result<Vec<Dependency>, Failed> {
        if let Some(dependencies) = self.map_of_dependencies(stream) {
            return Ok(dependencies);
        }
        let mut dependencies = Vec::new();
        loop {
            let list =
                stream.group(Delimiter::Bracket).or_else(|| stream.group(Delimiter::Parenthesis));
            if let Some(mut list) = list {
                let inside = text_of(&list.inside.tokens_to(&list.inside.end()));
                let inside = match inside.trim_end_matches([',', ' ']) {
                    "" => String::new(),
                    inside => format!("depends_on {inside}"),
                };
                self.bracketed(inside, list.open, list.close);
                if !list.inside.at_end() {
                    dependencies.append(&mut self.dependencies(&mut list.inside)?);
                }
            } else {
                match self.dependency(stream) {
                    Ok(dependency) => dependencies.push(dependency),
                    Err(failed) if !stream.skip_to(',') => return Err(failed),
                    Err(_) => {}
                }
            }
            if !self.another_dependency(stream) {
                return Ok(dependencies);
            }
        }
    }

    /// `{ db: { condition: "service_healthy" } }`: reports it, and what to write.
    fn map_of_dependencies(&mut self, stream: &mut Stream<'_>) -> Option<Vec<Dependency>> {
        let mut behind = *stream;
        let group = behind.group(Delimiter::Brace)?;
        let (mut inside, mut dependencies) = (group.inside, Vec::new());
        let mut written: Vec<String> = Vec::new();
        while !inside.at_end() {
            let value = inside.peek_value();
            let name = value.filter(|_| inside.any().is_some())?.trim_matches('"').to_owned();
            let _ = inside.sign(':').or_else(|| inside.sign('='));
            let condition = inside.group(Delimiter::Brace).and_then(|mut group| {
                group.inside.the_word("condition")?;
                let _ = group.inside.sign(':').or_else(|| group.inside.sign('='));
                let word = group.inside.peek_value()?.trim_matches('"').to_owned();
                Condition::from_word(&word).or_else(|| of_another_tool(&word))
            });
            // `{ db ready; }`
            let mut word = inside;
            let condition = condition.or_else(|| {
                let condition = Condition::from_word(&word.word()?.to_string())?;
                inside = word;
                Some(condition)
            });
            let condition = condition.map(|condition| format!(" ({})", condition.word()));
            written.push(format!("{name}{}", condition.unwrap_or_default()));
            let span_id = self.source.add(group.open, group.open);
            let unit = vec![Spanned::new(name.into(), span_id)];
            dependencies.push(Dependency { unit, ..Dependency::default() });
            let _ = inside.sign(',').or_else(|| inside.sign(';'));
        }
        *stream = behind;
        // It says more than what was said of the `:` before it.
        self.problems.truncate(self.before_statement);
        let instead = format!("depends_on {};", written.join(", "));
        let found = OtherSyntax::Otherwise { found: "{".into(), instead };
        self.foreign(found, group.open, group.open);
        Some(dependencies)
    }

    /// Takes the `,` before another dependency, and says whether there is one.
    fn another_dependency(&mut self, stream: &mut Stream<'_>) -> bool {
        if stream.peek_sign(';') {
            return false;
        }
        let mut behind = *stream;
        // `db and redis`, `db & redis`, `db && redis`
        let signs = ['&', '+', '|'].iter().find(|sign| stream.peek_sign(**sign));
        while signs.is_some_and(|sign| behind.sign(*sign).is_some()) {}
        let joined = signs.is_some()
            || behind.continues_line()
                && (behind.the_word("and").is_some() || behind.the_word("or").is_some());
        if joined && (behind.peek_word().is_some() || behind.peek_literal().is_some()) {
            let found = text_of(&stream.tokens_to(&behind));
            let found = OtherSyntax::Otherwise { found, instead: ",".into() };
            self.foreign(found, stream.span(), behind.last());
            *stream = behind;
            return true;
        }
        let mut behind = *stream;
        let Some(comma) = behind.sign(',') else {
            let name = stream.peek_literal().is_some()
                || stream.peek_word().is_some_and(|word| !keywords::begins_something(&word));
            if !name || !stream.continues_line() {
                return false;
            }
            self.foreign(OtherSyntax::MissingComma, stream.last(), stream.last());
            return true;
        };
        if behind.at_end() || behind.peek_sign(';') {
            self.foreign(OtherSyntax::Superfluous { sign: ',' }, comma.span(), comma.span());
            *stream = behind;
            return false;
        }
        // A statement begins, which is more than a name.
        if keywords::begins_statement(&behind) {
            let mut word = behind;
            word.word();
            if !(word.peek_sign(';') || word.at_end() || word.peek_group(Delimiter::Parenthesis)) {
                return false;
            }
        }
        *stream = behind;
        true
    }

    /// A condition without parentheses: `db ready`, `db: ready`, `db { condition: ready }`.
    fn bare_condition(
        &mut self,
        target: &str,
        stream: &mut Stream<'_>,
    ) -> Option<Spanned<Condition>> {
        let (mut behind, first) = (*stream, stream.span());
        // `db restarts`, `db timeout 30s`
        let word = stream.peek_word().filter(|_| stream.continues_line());
        if word.is_some_and(|word| matches!(word.as_str(), RESTARTS | "timeout")) {
            let line = stream.end_of_line();
            let options = text_of(&stream.tokens_to(&line));
            *stream = line;
            let instead = format!("{target} ({})", with_commas(&options));
            self.foreign(OtherSyntax::BareCondition { instead }, first, stream.last());
            return None;
        }
        let sign = behind.sign(':').or_else(|| behind.sign('=')).or_else(|| behind.sign('@'));
        let mut group = match sign.is_none() && behind.continues_line() {
            true => behind.group(Delimiter::Brace).or_else(|| behind.group(Delimiter::Bracket)),
            false => None,
        };
        let inside = group.as_mut().map_or(&mut behind, |group| &mut group.inside);
        // `{ condition: service_healthy }`, `db as ready`, `db when ready`
        for word in ["condition", "as", "is", "when", "until", "on", "to", "be"] {
            let _ = inside.the_word(word);
            let _ = inside.sign(':').or_else(|| inside.sign('='));
        }
        let written = inside.peek_value()?;
        let written = written.trim_matches('"').to_owned();
        if !inside.continues_line() {
            return None;
        }
        let condition =
            Condition::from_word(&written).or_else(|| of_another_tool(&written)).or_else(|| {
                nearest(&written, Condition::WORDS.iter().copied()).and_then(Condition::from_word)
            });
        let condition = condition.or_else(|| sign.is_some().then_some(Condition::Ready))?;
        inside.any();
        let last = inside.last();
        let instead = format!("{target} ({})", condition.word());
        self.foreign(OtherSyntax::BareCondition { instead }, first, last);
        *stream = behind;
        Some(Spanned::new(condition, self.source.add(first, last)))
    }

    /// `(NAME | AGENT "." NAME | PATH | PATH "." NAME ("." NAME)?) ("(" condition ")")?`
    fn dependency(&mut self, stream: &mut Stream<'_>) -> Result<Dependency, Failed> {
        // `vec![db]`
        let (first, mut list) = (stream.span(), *stream);
        if list.the_word("vec").is_some()
            && list.sign('!').is_some()
            && let Some(mut group) = list.group(Delimiter::Bracket)
        {
            let inside = text_of(&group.inside.tokens_to(&group.inside.end()));
            let instead = format!("depends_on {inside};");
            *stream = list;
            let found = OtherSyntax::Otherwise { found: "vec!".into(), instead };
            self.foreign(found, first, stream.last());
            return self.dependency(&mut group.inside);
        }
        // `external db`, `node web`: the keyword is one too many.
        let mut behind = *stream;
        if let Some(keyword) = behind.word().map(|word| word.to_string())
            && (keywords::begins_item(&keyword) || keyword == "service")
            && behind.continues_line()
            && let Some(name) = behind.peek_word()
            && Condition::from_word(&name).is_none()
        {
            let instead = format!("depends_on {name};");
            self.foreign(OtherSyntax::Otherwise { found: keyword, instead }, first, first);
            *stream = behind;
        }
        let mut dependency = Dependency::default();
        let longest = if let Some(agent) = self.all_of_agent(stream)? {
            dependency.unit.push(agent);
            0
        } else if let Some(all) = self.all_units(stream) {
            dependency.unit.push(all);
            0
        } else if let Some(odd) = self.odd_reference(stream) {
            dependency.unit.push(odd);
            0
        } else if leads_elsewhere(stream) {
            dependency.ecosystem = Some(self.path(stream)?);
            2
        } else {
            dependency.unit.push(self.name(stream, "the name of a unit")?);
            1
        };
        for _ in 0..longest {
            if stream.sign('.').is_none() {
                break;
            }
            dependency.unit.push(self.name(stream, "the name of a unit")?);
        }
        let target = dependency.target();
        if let Some(group) = stream.group(Delimiter::Parenthesis) {
            let inside = text_of(&group.inside.tokens_to(&group.inside.end()));
            self.options_behind(&target, &inside, stream);
            if has_options(group.inside) {
                self.options(&target, &mut dependency, group.inside)?;
                return Ok(dependency);
            }
            // A condition that is none leaves the dependencies beside it as they are.
            dependency.condition = self.condition(&target, group.inside).ok();
        } else if !self.options_behind(&target, "", stream)
            && !stream.peek_sign(';')
            && !stream.peek_sign(',')
        {
            // Whatever it waits for: the parentheses are the mistake.
            let _: Option<Spanned<Condition>> = self.bare_condition(&target, stream);
        }
        Ok(dependency)
    }

    /// Reports options of a dependency that are not in its parentheses: `db(ready) timeout 5s`, `db(ready), timeout 5s`,
    /// `db { timeout 5s; }`. Returns whether there are some.
    fn options_behind(&mut self, target: &str, inside: &str, stream: &mut Stream<'_>) -> bool {
        let mut behind = *stream;
        let block = match behind.continues_line() {
            true => behind.group(Delimiter::Brace),
            false => None,
        };
        let has_comma = block.is_none() && behind.sign(',').is_some();
        let options = block.map_or(behind, |block| block.inside);
        let end = if block.is_some() { options.end() } else { options.end_of_value() };
        let mut value = options;
        let is_option = match value.word().map(|word| word.to_string()).as_deref() {
            Some("timeout") => {
                let _ = value.sign(':').or_else(|| value.sign('='));
                value.peek_literal().is_some()
            }
            // It may be the name of a unit.
            Some(RESTARTS) => !has_comma,
            Some(word) => block.is_some() && Condition::from_word(word).is_some(),
            None => false,
        };
        if !is_option || !options.continues_line() && block.is_none() {
            return false;
        }
        let written = text_of(&options.tokens_to(&end)).replace([';', ':', '='], " ");
        let instead = format!("{target} ({})", with_commas(&format!("{inside} {written}")));
        let first = stream.span();
        *stream = if block.is_some() { behind } else { end };
        self.foreign(OtherSyntax::BareCondition { instead }, first, stream.last());
        true
    }

    /// `duck.*`: an agent is all of its services.
    fn all_of_agent(
        &mut self,
        stream: &mut Stream<'_>,
    ) -> Result<Option<Spanned<SmolStr>>, Failed> {
        let (first, mut behind) = (stream.span(), *stream);
        let is_all = hyphenated(&mut behind).is_some()
            && behind.sign('.').is_some()
            && behind.sign('*').is_some();
        if !is_all {
            return Ok(None);
        }
        let name = self.name(stream, "the name of a unit")?;
        *stream = behind;
        let found = format!("{}.*", name.value);
        let instead = format!("depends_on {};", name.value);
        self.foreign(OtherSyntax::Otherwise { found, instead }, first, stream.last());
        Ok(Some(name))
    }

    /// `*`: no name means all units.
    fn all_units(&mut self, stream: &mut Stream<'_>) -> Option<Spanned<SmolStr>> {
        let mut behind = *stream;
        let all = behind.sign('*')?.span();
        let ends = behind.at_end()
            || [';', ','].iter().any(|sign| behind.peek_sign(*sign))
            || behind.peek_group(Delimiter::Parenthesis);
        ends.then(|| {
            *stream = behind;
            Spanned::new("*".into(), self.source.add(all, all))
        })
    }

    /// `(ready, started)`: there is one condition, and the strongest one says it all.
    fn several_conditions(
        &mut self,
        target: &str,
        first: &Ident,
        mut stream: Stream<'_>,
    ) -> Result<Spanned<Condition>, Failed> {
        let (second, mut words) = (stream, vec![first.to_string()]);
        // `(ready 30s)`, `(ready, 30s)`, `(ready; timeout 30s)`
        let whole = text_of(&stream.tokens_to(&stream.end()));
        let semicolon = whole.trim_start().starts_with(';');
        let mut behind = stream;
        let _ = behind.sign(',').or_else(|| behind.sign(';'));
        let is_time = |time: &str| time.starts_with(|digit: char| digit.is_ascii_digit());
        if semicolon || behind.peek_literal().is_some_and(|time| is_time(&time.to_string())) {
            let all = whole.replace([';', ','], " ");
            let all = all.replace(['=', ':'], " ");
            let time = all.trim();
            let time = if is_time(time) { format!("timeout {time}") } else { time.to_owned() };
            let instead = format!("{target} ({})", with_commas(&format!("{first} {time}")));
            let found = stream.found().trim_matches('`').to_owned();
            let found = OtherSyntax::Otherwise { found, instead };
            return Err(self.foreign(found, stream.span(), stream.span()));
        }
        if let Some(time) = stream.peek_literal().map(|time| time.to_string())
            && time.starts_with(|digit: char| digit.is_ascii_digit())
        {
            let instead = format!("{target} ({first}, timeout {time})");
            let found = OtherSyntax::Otherwise { found: time, instead };
            return Err(self.foreign(found, stream.span(), stream.span()));
        }
        while !stream.at_end() {
            let signs = [',', '|', '&', '+'];
            while signs.iter().any(|sign| stream.sign(*sign).is_some()) {}
            let _ = stream.the_word("and").or_else(|| stream.the_word("or"));
            match stream.word() {
                Some(word) => words.push(word.to_string()),
                None => return Err(self.unexpected(&second, "`)`")),
            }
        }
        let conditions: Option<Vec<Condition>> = words
            .iter()
            .map(|word| Condition::from_word(word).or_else(|| of_another_tool(word)))
            .collect();
        let Some(conditions) = conditions else {
            return Err(self.unexpected(&second, "`)`"));
        };
        let condition = strongest(&conditions);
        let instead = format!("{target} ({})", condition.word());
        // Which one is meant is not known, so nothing follows from it.
        Err(self.foreign(OtherSyntax::List { instead }, second.span(), second.span()))
    }

    /// `awaited ("," awaited)*`, with a `timeout` or `restarts` among them.
    fn options(
        &mut self,
        target: &str,
        dependency: &mut Dependency,
        mut stream: Stream<'_>,
    ) -> Result<(), Failed> {
        loop {
            let Some(word) = stream.word() else {
                return Err(self.unexpected(&stream, &one_of(&AWAITED)));
            };
            self.keyword(&word, KeywordPlace::Dependency);
            let written = word.unraw().to_string();
            match written.as_str() {
                "timeout" => {
                    self.once(&word, dependency.timeout.is_some());
                    let mut behind = stream;
                    if let Some(sign) = behind.sign(':').or_else(|| behind.sign('=')) {
                        let found = sign.as_char().to_string();
                        let value = behind.peek_value().unwrap_or_else(|| "30s".to_owned());
                        let instead = format!("timeout {value}");
                        let found = OtherSyntax::Otherwise { found, instead };
                        self.foreign(found, sign.span(), sign.span());
                        stream = behind;
                    }
                    if stream.at_end() {
                        return Err(self.unexpected(&stream, "a duration such as `30s`"));
                    }
                    let slot = Slot { key: "timeout", kind: ExpressionType::Duration, many: false };
                    dependency.timeout = Some(self.value(&mut stream, slot)?);
                }
                RESTARTS => {
                    self.once(&word, dependency.restarts);
                    // `restarts true`
                    let mut behind = stream;
                    let _ = behind.sign(':').or_else(|| behind.sign('='));
                    if behind.the_word("true").is_some() {
                        let found = OtherSyntax::Otherwise {
                            found: text_of(&stream.tokens_to(&behind)),
                            instead: RESTARTS.to_owned(),
                        };
                        self.foreign(found, stream.span(), behind.last());
                        stream = behind;
                    }
                    dependency.restarts = true;
                }
                condition => match Condition::from_word(condition) {
                    Some(condition) => {
                        let span_id = self.source.add(word.span(), word.span());
                        if dependency.condition.is_some() {
                            self.report(Fault::Repeated { what: "condition".into() }, span_id);
                        } else {
                            dependency.condition = Some(Spanned::new(condition, span_id));
                        }
                    }
                    None => return Err(self.no_option(target, &word)),
                },
            }
            if stream.at_end() {
                return Ok(());
            }
            if let Some(comma) = stream.sign(',') {
                if stream.at_end() {
                    let sign = OtherSyntax::Superfluous { sign: ',' };
                    self.foreign(sign, comma.span(), comma.span());
                    return Ok(());
                }
            } else if stream.peek_word().is_some_and(|word| AWAITED.contains(&word.as_str())) {
                self.foreign(OtherSyntax::MissingComma, stream.last(), stream.last());
            } else {
                return Err(self.unexpected(&stream, "`,` or `)`"));
            }
        }
    }

    /// Reports a word in the parentheses of a dependency that is none of those that can be there.
    fn no_option(&mut self, target: &str, word: &Ident) -> Failed {
        let written = word.unraw().to_string();
        let row = other_tools::find(&written, |place| place == Place::Condition);
        let fault = match row.filter(|_| nearest(&written, AWAITED).is_none()) {
            Some(row) => {
                let name = Some(target);
                let help = row.help(&Written { word: &written, name, ..Written::default() });
                let tool = row.tools(&written);
                Fault::OtherTool { what: "condition", word: written, tool, help }
            }
            None => Fault::UnknownChoice {
                what: "condition".to_owned(),
                found: written,
                choices: &AWAITED,
            },
        };
        self.report_at(fault, word.span(), word.span());
        Failed::Within
    }

    fn condition(
        &mut self,
        target: &str,
        mut stream: Stream<'_>,
    ) -> Result<Spanned<Condition>, Failed> {
        // `(30s)`
        if let Some(time) = stream.peek_literal().map(|time| time.to_string())
            && time.starts_with(|digit: char| digit.is_ascii_digit())
        {
            let instead = format!("{target} (timeout {time})");
            let found = OtherSyntax::Otherwise { found: time, instead };
            return Err(self.foreign(found, stream.span(), stream.span()));
        }
        // `(condition: ready)`
        let mut behind = stream;
        if behind.the_word("condition").is_some()
            && behind.sign(':').or_else(|| behind.sign('=')).is_some()
            && let Some(condition) = self.bare_condition(target, &mut stream)
        {
            return Ok(condition);
        }
        let Some(word) = stream.word() else {
            return Err(self.unexpected(&stream, &one_of(Condition::WORDS)));
        };
        if !stream.at_end() {
            return self.several_conditions(target, &word, stream);
        }
        let span_id = self.source.add(word.span(), word.span());
        let word = word.to_string();
        match Condition::from_word(&word) {
            Some(condition) => Ok(Spanned::new(condition, span_id)),
            None => {
                let what = "condition".to_owned();
                let fault = match other_tools::find(&word, |place| place == Place::Condition) {
                    Some(row) => {
                        let written =
                            Written { word: &word, name: Some(target), ..Written::default() };
                        let (tool, help) = (row.tools(&word), row.help(&written));
                        Fault::OtherTool { what: "condition", word, tool, help }
                    }
                    None => Fault::UnknownChoice { what, found: word, choices: Condition::WORDS },
                };
                self.report(fault, span_id);
                Err(Failed::Within)
            }
        }
    }
}

/// What can be in the parentheses of a dependency.
const AWAITED: [&str; 5] = ["started", "ready", "completed", "timeout", RESTARTS];

/// Whether a `timeout` or `restarts`, or a word that is near to one, begins something in parentheses.
fn has_options(mut stream: Stream<'_>) -> bool {
    let mut begins = true;
    while let Some(token) = stream.any() {
        let word = token.to_string();
        if begins
            && Condition::from_word(&word).is_none()
            && nearest(&word, ["timeout", RESTARTS]).is_some()
        {
            return true;
        }
        begins = word == "," || Condition::from_word(&word).is_some();
    }
    false
}

/// The condition that is the last to hold: a unit has started before it is ready.
fn strongest(conditions: &[Condition]) -> Condition {
    let of = |wanted| conditions.contains(&wanted);
    match () {
        () if of(Condition::Completed) => Condition::Completed,
        () if of(Condition::Ready) => Condition::Ready,
        () => Condition::Started,
    }
}

/// A path has `::` in it, or begins with a capital.
pub(super) fn leads_elsewhere(stream: &Stream<'_>) -> bool {
    let mut behind = *stream;
    if peek_colons(&behind) {
        return true;
    }
    let Some(word) = behind.word() else { return false };
    peek_colons(&behind) || word.to_string().starts_with(|first: char| first.is_uppercase())
}

/// The condition that a word of another tool stands for.
fn of_another_tool(word: &str) -> Option<Condition> {
    let row = other_tools::find(word, |place| place == Place::Condition)?;
    let help = row.in_short();
    Condition::ALL
        .iter()
        .find(|(word, _)| help.contains(&format!("({word})")))
        .map(|(_, condition)| *condition)
}

/// The words in the parentheses of a dependency with `,` between them: `ready, timeout 5s`.
fn with_commas(words: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for word in words.split(|sign: char| sign == ',' || sign.is_whitespace()) {
        match parts.last_mut() {
            Some(last) if last == "timeout" && !word.is_empty() => {
                last.push(' ');
                last.push_str(word);
            }
            _ if word.is_empty() => {}
            _ => parts.push(word.to_owned()),
        }
    }
    parts.join(", ")
}
