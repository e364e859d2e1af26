//! What a configuration reads of the environment: found by evaluating it again and again.
//!
//! With a mark in the place of each variable, texts show what they are made of. With nothing set,
//! they show what they are then. With a number for each variable, numbers show where they come from.
//! All that is a guess until it is tested: with other values, and with some of them set, the
//! configuration has to come to what the guess says. What does not is computed from the environment,
//! and told as such.

use std::collections::{BTreeMap, BTreeSet};

use promethean_core::list::some_of;

use crate::import::NAMED;
use crate::import::pm2_reader::data::{Data, Outside, Piece, number_text};

const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The variables that hold absolute paths.
const IS_PATH: [&str; 7] = ["HOME", "PWD", "OLDPWD", "TMPDIR", "TMP", "TEMP", "USERPROFILE"];

/// A run with values for the variables.
#[derive(Debug)]
pub(super) struct Probe {
    /// What it came to.
    pub(super) config: Data,
    /// The variables that it read, by their [`key`], and the values that they had in it; `None` is
    /// one that was not set.
    pub(super) given: BTreeMap<String, Option<String>>,
}

/// The variable that is called so among those of a run.
fn variable(key: &str) -> Piece {
    match key.split_once(':') {
        Some((file, name)) if file.parse::<usize>().is_ok() => {
            Piece::Variable { name: name.to_owned(), file: file.parse().ok() }
        }
        _ => Piece::Variable { name: key.to_owned(), file: None },
    }
}

/// How a variable is called among those of a run: one of a dotenv file is not the one of the
/// environment.
pub(super) fn key(name: &str, file: Option<usize>) -> String {
    match file {
        Some(file) => format!("{file}:{name}"),
        None => name.to_owned(),
    }
}

/// The name of a variable without the dotenv file that it is of.
pub(in crate::import::pm2_reader) fn name(key: &str) -> &str {
    match key.split_once(':') {
        Some((file, name)) if file.parse::<usize>().is_ok() => name,
        _ => key,
    }
}

/// The runs of a configuration.
#[derive(Debug)]
pub(super) struct Runs<'a> {
    pub(super) marks: &'a Data,
    /// `None` where it fails.
    pub(super) unset: Option<&'a Data>,
    /// The one where numbers show the variable that they come from.
    pub(super) numbers: Option<&'a Probe>,
    /// Those that guesses are tested with.
    pub(super) probes: &'a [Probe],
    /// The variables that are set in every run, as what tells a program its way on this machine.
    pub(super) here: &'a BTreeMap<String, String>,
}

/// Puts the runs together.
pub(super) fn merge(runs: &Runs<'_>) -> Merged {
    let mut merging = Merging { runs, depends: Vec::new() };
    let at = At {
        marks: Some(runs.marks),
        unset: runs.unset,
        numbers: runs.numbers.map(|numbers| &numbers.config),
        probes: runs.probes.iter().map(|probe| (probe, Some(&probe.config))).collect(),
        has_unset: runs.unset.is_some(),
    };
    let data = merging.merge(&at, "");
    Merged { data, depends: merging.depends }
}

/// What the runs come to.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) data: Data,
    /// What is another when variables are set, and is not just their values.
    pub(super) depends: Vec<Depends>,
}

impl Merged {
    /// Marks what differs between two runs with the same values: it only seemed to be computed from variables.
    pub(super) fn mark_unsteady(&mut self, one: &Data, other: &Data) {
        for way in differing(one, other) {
            let mut known = false;
            for depends in self.depends.iter_mut().filter(|depends| is_in(&way, depends)) {
                known = true;
                depends.sort = Sort::Unsteady;
                depends.variables.clear();
            }
            if !known {
                let (sort, variables) = (Sort::Unsteady, Vec::new());
                self.depends.push(Depends { way, sort, variables, value: None });
            }
        }
    }
}

/// Whether a way leads to something, or to a part of it.
pub(super) fn is_in(way: &str, depends: &Depends) -> bool {
    way.strip_prefix(depends.way.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Something that depends on the environment in a way that is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import::pm2_reader) struct Depends {
    /// The way to it: `apps[0].env.PORT`.
    pub(in crate::import::pm2_reader) way: String,
    pub(in crate::import::pm2_reader) sort: Sort,
    /// The variables that it depends on, as far as they are known.
    pub(in crate::import::pm2_reader) variables: Vec<String>,
    /// What it is when nothing is set, where that is a single value.
    pub(in crate::import::pm2_reader) value: Option<String>,
}

impl Depends {
    /// Whether it is computed from variables, known or unknown.
    pub(in crate::import::pm2_reader) fn is_computed(&self) -> bool {
        match self.sort {
            Sort::Computed | Sort::Absent => true,
            Sort::Fallback | Sort::Unsteady => false,
        }
    }

    /// What a reader is told of it, as a sentence about "the original".
    pub(in crate::import::pm2_reader) fn reason(&self) -> String {
        let names: Vec<String> = self.variables.iter().map(|name| format!("`{name}`")).collect();
        let (from, unset) = match names.as_slice() {
            [] => ("the environment".to_owned(), "nothing is set".to_owned()),
            [name] if name.ends_with(")`") => {
                return format!("the original asks {name}; this is the value of this machine");
            }
            [name] => (name.clone(), format!("{name} is not set")),
            names => (some_of(names, NAMED), "none of them is set".to_owned()),
        };
        match self.sort {
            Sort::Computed => {
                format!("the original computes it from {from}; this is its value when {unset}")
            }
            Sort::Absent => {
                format!("the original computes it from {from}; it has no value when {unset}")
            }
            Sort::Fallback if names.is_empty() => {
                "the original has another fallback, which depends on the environment".to_owned()
            }
            Sort::Fallback => format!("the original falls back to {from} before this default"),
            Sort::Unsteady => {
                "the original gives it another value each time that it is read".to_owned()
            }
        }
    }
}

/// What is not imported of something that depends on the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import::pm2_reader) enum Sort {
    /// All: it is what it is when nothing is set.
    Computed,
    /// All: it is not there when nothing is set.
    Absent,
    /// What it falls back to when the variable is not set.
    Fallback,
    /// Nothing of the environment: it is another one each time.
    Unsteady,
}

/// The same place in each run.
#[derive(Clone, Debug)]
struct At<'a> {
    marks: Option<&'a Data>,
    unset: Option<&'a Data>,
    numbers: Option<&'a Data>,
    /// Where a run does not have the place because what is around it is another, it is not in here.
    probes: Vec<(&'a Probe, Option<&'a Data>)>,
    /// Whether `unset` says what is there when nothing is set.
    has_unset: bool,
}

/// How far a guess has been right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Belief {
    No,
    WhenSet,
    Always,
}

/// How a text shows a variable that is not set.
const UNDEFINED: &str = "undefined";

/// The value of a variable in a run.
enum Given<'a> {
    Set(&'a str),
    Unset,
    /// It has not been read.
    Unread,
}

/// What something falls back to before its default.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fallbacks {
    /// Nothing.
    None,
    /// These variables, in this order.
    Known(Vec<String>),
    /// Something that is none of the variables.
    Unknown,
}

struct Merging<'a> {
    runs: &'a Runs<'a>,
    depends: Vec<Depends>,
}

impl Merging<'_> {
    fn merge(&mut self, at: &At<'_>, way: &str) -> Data {
        if let Some(outside) = self.outside(at, way) {
            return Data::Outside(outside);
        }
        let base = if at.has_unset { at.unset } else { at.marks };
        match base {
            Some(Data::Object(entries)) => self.object(at, entries, way),
            Some(Data::List(items)) => self.list(at, items, way),
            Some(plain) => {
                let unlike = |data: Option<&Data>| data != Some(plain);
                let depends = unlike(at.marks)
                    || plain.as_text().is_some_and(|text| text.contains(OPEN))
                    || at.probes.iter().any(|(_, data)| unlike(*data));
                match depends {
                    // With nothing set it throws, so what is here is of stand-ins.
                    true if !at.has_unset => {
                        self.depend(way, Sort::Absent);
                        Data::Null
                    }
                    true => {
                        self.depend(way, Sort::Computed);
                        self.value(way, plain);
                        self.variables(way, deciding(at));
                        plain.clone()
                    }
                    false => plain.clone(),
                }
            }
            None => {
                let is_there = |data: Option<&Data>| data.is_some_and(|data| *data != Data::Null);
                if is_there(at.marks) || at.probes.iter().any(|(_, data)| is_there(*data)) {
                    self.depend(way, Sort::Absent);
                }
                Data::Null
            }
        }
    }

    fn object(&mut self, at: &At<'_>, entries: &[(String, Data)], way: &str) -> Data {
        let mut at = at.clone();
        let is_object = |data: Option<&Data>| matches!(data, Some(Data::Object(_)));
        let known = at.probes.len();
        at.probes.retain(|(_, data)| is_object(*data));
        let marked = at.marks.filter(|_| is_object(at.marks));
        let only_marked = marked.and_then(Data::as_object).unwrap_or_default();
        let keys = merged_keys(only_marked, entries);
        let others = at.probes.iter().filter_map(|(_, data)| data.and_then(Data::as_object));
        let others = others.flatten().any(|(key, _)| !keys.contains(&key.as_str()));
        if others || at.probes.len() < known || marked.is_none() {
            self.depend(way, Sort::Computed);
        }
        // What is another as a whole has been told.
        at.marks = marked.or(at.unset);
        let mut object: Vec<(String, Data)> = Vec::new();
        for key in keys {
            // A key that is made of variables.
            if key.contains(OPEN) {
                self.depend(way, Sort::Computed);
                continue;
            }
            let inner = At {
                marks: at.marks.and_then(|data| data.get(key)),
                unset: at.unset.and_then(|data| data.get(key)),
                numbers: at.numbers.and_then(|data| data.get(key)),
                probes: at
                    .probes
                    .iter()
                    .map(|(probe, data)| (*probe, data.and_then(|data| data.get(key))))
                    .collect(),
                has_unset: at.has_unset,
            };
            let way = format!("{way}{}{key}", if way.is_empty() { "" } else { "." });
            match self.merge(&inner, &way) {
                Data::Null if inner.unset.is_none() => {}
                data => object.push((key.to_owned(), data)),
            }
        }
        Data::Object(object)
    }

    fn list(&mut self, at: &At<'_>, items: &[Data], way: &str) -> Data {
        let length = |data: Option<&Data>| data.and_then(Data::as_list).map(<[Data]>::len);
        let unlike = |data: Option<&Data>| length(data) != Some(items.len());
        let others = at.probes.iter().any(|(_, data)| unlike(*data));
        if others || unlike(at.marks) {
            self.depend(way, Sort::Computed);
        }
        let marked = partners(at.marks, items);
        let numbered = partners(at.numbers, items);
        let probed: Vec<_> =
            at.probes.iter().map(|(probe, data)| (*probe, partners(*data, items))).collect();
        let merged = items.iter().enumerate().map(|(index, item)| {
            let inner = At {
                marks: marked.get(index).copied().flatten().or(Some(item)),
                unset: at.has_unset.then_some(item),
                numbers: numbered.get(index).copied().flatten(),
                // What a run has no item for has been told of the list.
                probes: probed
                    .iter()
                    .filter_map(|(probe, items)| {
                        Some((*probe, Some(items.get(index).copied().flatten()?)))
                    })
                    .collect(),
                has_unset: at.has_unset,
            };
            self.merge(&inner, &format!("{way}[{index}]"))
        });
        Data::List(merged.collect())
    }

    /// What consists of the values of variables, as far as the probes bear it out.
    fn outside(&mut self, at: &At<'_>, way: &str) -> Option<Outside> {
        let unset = at.unset.filter(|_| at.has_unset);
        let traced = at.marks.and_then(|marks| traced(marks, unset, self.runs.here));
        let traced = traced.and_then(|guess| self.with_defaults(guess, at));
        let numeric = self.numeric(at.numbers, unset);
        let guesses = [(traced, false), (numeric, true)];
        for (guess, is_number) in guesses {
            let Some(mut guess) = guess else { continue };
            match self.belief(&guess, at, is_number) {
                Belief::No => continue,
                Belief::WhenSet => match fallbacks(&guess, at) {
                    Fallbacks::None => {}
                    Fallbacks::Known(variables) => {
                        guess.fallbacks = variables.iter().map(|key| variable(key)).collect();
                    }
                    Fallbacks::Unknown => self.depend(way, Sort::Fallback),
                },
                Belief::Always => {}
            }
            guess.is_optional = at.has_unset && guess.alone().is_some();
            return Some(guess);
        }
        None
    }

    /// A number that is the one of a variable.
    fn numeric(&self, numbers: Option<&Data>, unset: Option<&Data>) -> Option<Outside> {
        let Data::Number(number) = numbers? else { return None };
        let text = number_text(*number);
        let mut given = self.runs.numbers?.given.iter();
        let (key, _) = given.find(|(_, value)| value.as_ref() == Some(&text))?;
        Some(Outside { or: or(unset), ..Outside::of(vec![variable(key)]) })
    }

    /// Compares what a guess says with what the probes came to.
    ///
    /// A guess about a number is one about values that are numbers.
    fn belief(&self, guess: &Outside, at: &At<'_>, is_number: bool) -> Belief {
        let (mut borne_out, mut falls_back) = (0_usize, false);
        for (probe, data) in &at.probes {
            let mut text = String::new();
            let (mut is_set, mut is_read) = (true, true);
            for piece in &guess.pieces {
                match piece {
                    Piece::Literal(literal) => text.push_str(literal),
                    Piece::Variable { name, file } => match self.given(probe, name, *file) {
                        Given::Set(value) => text.push_str(value),
                        Given::Unset => {
                            is_set = false;
                            let default = guess.defaults.get(name).map(String::as_str);
                            text.push_str(default.unwrap_or(UNDEFINED));
                        }
                        Given::Unread => is_read = false,
                    },
                }
            }
            let actual = data.and_then(scalar);
            if !is_read {
                return Belief::No;
            }
            if !guess.defaults.is_empty() {
                if actual.is_none_or(|actual| !is_same(&text, &actual)) {
                    return Belief::No;
                }
                borne_out += usize::from(is_set);
                continue;
            }
            if !is_set && guess.alone().is_none() && guess.or.is_some() {
                // A text with one variable, and what it is without it.
                if guess.or.as_deref().and_then(scalar) != actual {
                    return Belief::No;
                }
                continue;
            }
            if !is_set && guess.alone().is_none() {
                // A text with a default in it, or one that is there only with its variables.
                let whole = actual.as_ref().is_some_and(|actual| is_same(&text, actual));
                if at.has_unset && !whole {
                    return Belief::No;
                }
                continue;
            }
            if !is_set {
                let or = guess.or.as_deref().and_then(scalar);
                falls_back |= at.has_unset && or != actual;
                continue;
            }
            if is_number && text.parse().map(number_text).as_ref() != Ok(&text) {
                continue;
            }
            let same = actual.is_some_and(|actual| is_same(&text, &actual));
            if !same {
                return Belief::No;
            }
            borne_out += 1;
        }
        match (borne_out, falls_back) {
            // One run alone may be chance.
            (0 | 1, _) => Belief::No,
            (_, true) => Belief::WhenSet,
            (_, false) => Belief::Always,
        }
    }

    /// The value of a variable in a run.
    fn given<'p>(&'p self, probe: &'p Probe, name: &str, file: Option<usize>) -> Given<'p> {
        let here = self.runs.here.get(name).filter(|_| file.is_none());
        let own = probe.given.get(&key(name, file));
        // What a file does not set may be set in the environment: so it is with secrets.
        let own = match own {
            Some(None) => probe.given.get(name).or(own),
            own => own,
        };
        match (here, own) {
            (Some(value), _) | (None, Some(Some(value))) => Given::Set(value),
            (None, Some(None)) => Given::Unset,
            (None, None) => Given::Unread,
        }
    }

    /// A text of several variables with the defaults that they have in it; `None` where it has some and
    /// they are not found.
    fn with_defaults(&self, mut guess: Outside, at: &At<'_>) -> Option<Outside> {
        const MOST: usize = 3;
        let names: Vec<(&String, Option<usize>)> = guess
            .pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Variable { name, file } => Some((name, *file)),
                Piece::Literal(_) => None,
            })
            .collect();
        let known: BTreeSet<&String> = names.iter().map(|(name, _)| *name).collect();
        if known.len() < 2 {
            return Some(guess);
        }
        // Of one that is in it twice, this finds none.
        let is_once = names.len() == known.len();
        let mut defaults: BTreeMap<String, String> = BTreeMap::new();
        // Each that is found may show the next.
        for _ in names.iter().filter(|_| is_once) {
            for (name, _) in &names {
                if !defaults.contains_key(*name)
                    && let Some(found) = self.default_in(&guess, name, &defaults, at)
                {
                    defaults.insert((*name).clone(), found);
                }
            }
        }
        // What is not set stands as this in it.
        defaults.retain(|_, default| default != UNDEFINED);
        if defaults.is_empty() || defaults.len() > MOST {
            return guess.or.is_none().then_some(guess);
        }
        guess.defaults = defaults;
        let unset = guess.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => text.as_str(),
            Piece::Variable { name, .. } => {
                let here = || self.runs.here.get(name).map_or(UNDEFINED, String::as_str);
                guess.defaults.get(name).map_or_else(here, String::as_str)
            }
        });
        let unset: String = unset.collect();
        let agrees = !at.has_unset
            || at.unset.and_then(scalar).is_some_and(|actual| is_same(&unset, &actual));
        agrees.then_some(guess)
    }

    /// What a variable has in a text when it is not set, as far as a run shows it.
    fn default_in(
        &self,
        guess: &Outside,
        wanted: &str,
        defaults: &BTreeMap<String, String>,
        at: &At<'_>,
    ) -> Option<String> {
        at.probes.iter().find_map(|(probe, data)| {
            let (mut before, mut after, mut is_behind) = (String::new(), String::new(), false);
            for piece in &guess.pieces {
                let text = match piece {
                    Piece::Literal(text) => text,
                    Piece::Variable { name, file } => {
                        match (self.given(probe, name, *file), defaults.get(name)) {
                            (Given::Unset, _) if name == wanted => {
                                is_behind = true;
                                continue;
                            }
                            (Given::Set(_), _) if name == wanted => return None,
                            (Given::Set(value), _) => value,
                            (Given::Unset, Some(default)) => default,
                            (Given::Unset, None) | (Given::Unread, _) => return None,
                        }
                    }
                };
                if is_behind { after.push_str(text) } else { before.push_str(text) }
            }
            let actual = data.and_then(scalar)?;
            let default = actual.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
            Some(default.to_owned())
        })
    }

    fn depend(&mut self, way: &str, sort: Sort) {
        if self.depends.iter().all(|known| known.way != way) {
            let way = way.to_owned();
            self.depends.push(Depends { way, sort, variables: Vec::new(), value: None });
        }
    }

    fn value(&mut self, way: &str, value: &Data) {
        if let Some(depends) = self.depends.iter_mut().find(|known| known.way == way) {
            depends.value = scalar(value);
        }
    }

    fn variables(&mut self, way: &str, variables: Vec<String>) {
        if let Some(depends) = self.depends.iter_mut().find(|known| known.way == way) {
            depends.variables = variables;
        }
    }
}

/// What is taken when the variable of a guess is not set: found in the runs where it is not.
fn fallbacks(guess: &Outside, at: &At<'_>) -> Fallbacks {
    let Some((first, file)) = guess.alone() else { return Fallbacks::Unknown };
    let or = guess.or.as_deref().and_then(scalar);
    let mut chain = vec![key(first, file)];
    loop {
        let unset = |probe: &Probe, name: &String| probe.given.get(name) == Some(&None);
        let others: Vec<(&Probe, String)> = at
            .probes
            .iter()
            .filter(|(probe, _)| chain.iter().all(|name| unset(probe, name)))
            .filter_map(|(probe, data)| Some((*probe, data.and_then(scalar)?)))
            .filter(|(_, actual)| Some(actual) != or.as_ref())
            .collect();
        let Some((probe, actual)) = others.first() else {
            chain.remove(0);
            return match chain.is_empty() {
                true => Fallbacks::None,
                false => Fallbacks::Known(chain),
            };
        };
        let is_next = |name: &String| {
            // Wherever it is set and those before it are not, it is the value.
            let agrees = |(probe, data): &(&Probe, Option<&Data>)| {
                let given = probe.given.get(name).and_then(Option::as_ref);
                let actual = data.and_then(scalar);
                !chain.iter().all(|name| unset(probe, name))
                    || given.is_none_or(|given| {
                        actual.as_ref().is_some_and(|actual| is_same(given, actual))
                    })
            };
            !chain.contains(name) && at.probes.iter().all(agrees)
        };
        let given = probe.given.iter().filter(|(_, value)| value.as_ref() == Some(actual));
        let Some(next) = given.map(|(name, _)| name).find(|name| is_next(name)) else {
            return Fallbacks::Unknown;
        };
        chain.push(next.clone());
    }
}

/// The one variable that decides what is here: whenever it has one value, so has this.
fn deciding(at: &At<'_>) -> Vec<String> {
    let names: BTreeSet<&String> =
        at.probes.iter().flat_map(|(probe, _)| probe.given.keys()).collect();
    let decides = |name: &&String| {
        let mut values: BTreeMap<Option<&String>, Option<&Data>> = BTreeMap::new();
        let mut runs = 0;
        let agrees = at.probes.iter().all(|(probe, data)| {
            let Some(given) = probe.given.get(*name) else { return true };
            runs += 1;
            *values.entry(given.as_ref()).or_insert(*data) == *data
        });
        // One value each time shows nothing.
        agrees && values.len() * 3 <= runs * 2
    };
    let mut deciding = names.into_iter().filter(decides);
    match (deciding.next(), deciding.next()) {
        (Some(only), None) => vec![only.clone()],
        _ => Vec::new(),
    }
}

/// The text that a process gets for a single value; `None` where there is none.
fn scalar(data: &Data) -> Option<String> {
    match data {
        Data::Boolean(_) | Data::Number(_) | Data::Text(_) => Some(data.to_text()),
        Data::Null | Data::List(_) | Data::Object(_) | Data::Outside(_) => None,
    }
}

/// Whether a text is the one that was guessed; `path.join` leaves out the second of two slashes.
fn is_same(guess: &str, actual: &str) -> bool {
    let joined = |text: &str| text.replace("://", ":\0").replace("//", "/");
    guess == actual || joined(guess) == joined(actual)
}

/// The ways to what is another in two runs.
pub(super) fn differing(one: &Data, other: &Data) -> Vec<String> {
    let mut ways = Vec::new();
    differ(one, other, "", &mut ways);
    ways
}

fn differ(one: &Data, other: &Data, way: &str, ways: &mut Vec<String>) {
    if let (Some(entries), Some(others)) = (one.as_object(), other.as_object()) {
        for key in merged_keys(entries, others) {
            let inner = format!("{way}{}{key}", if way.is_empty() { "" } else { "." });
            let at = |data: &Data| data.get(key).cloned().unwrap_or_default();
            differ(&at(one), &at(other), &inner, ways);
        }
    } else if let (Some(items), Some(others)) = (one.as_list(), other.as_list())
        && items.len() == others.len()
    {
        for (index, (item, other)) in items.iter().zip(others).enumerate() {
            differ(item, other, &format!("{way}[{index}]"), ways);
        }
    } else if one != other {
        ways.push(way.to_owned());
    }
}

/// The keys of both, those of the first in their order.
fn merged_keys<'a>(first: &'a [(String, Data)], second: &'a [(String, Data)]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = first.iter().map(|(key, _)| key.as_str()).collect();
    for (key, _) in second {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    keys
}

/// The items of another run that stand for these: those of the same name, else those in the same
/// place.
fn partners<'a>(other: Option<&'a Data>, items: &[Data]) -> Vec<Option<&'a Data>> {
    let Some(Data::List(others)) = other else { return Vec::new() };
    let name = |item: &Data| item.get("name").and_then(Data::as_text).map(str::to_owned);
    let named = items.iter().all(|item| name(item).is_some());
    if named && others.len() != items.len() {
        return items
            .iter()
            .map(|item| others.iter().find(|other| name(other) == name(item)))
            .collect();
    }
    if others.len() == items.len() { others.iter().map(Some).collect() } else { Vec::new() }
}

/// Finds the variables that fall back although they are set, to an empty text: those before `||`.
pub(super) struct Empty<'a> {
    /// Of what variables are asked about.
    pub(super) is_asked: &'a dyn Fn(&Outside) -> bool,
    /// The variables that are set in every run.
    pub(super) here: &'a BTreeMap<String, String>,
    /// Those that were found.
    pub(super) names: &'a mut BTreeSet<String>,
}

impl Empty<'_> {
    /// Looks at a value. `empty` is it in a run where the variables of what is asked about are empty;
    /// `in_env` whether it is the value of a variable.
    pub(super) fn look_at(&mut self, data: &Data, empty: Option<&Data>, in_env: bool) {
        match data {
            Data::Outside(outside) if in_env && (self.is_asked)(outside) => {
                let here = |name: &String| self.here.get(name).map_or("", String::as_str);
                let kept = outside.pieces.iter().map(|piece| match piece {
                    Piece::Literal(text) => text.as_str(),
                    Piece::Variable { name, .. } => here(name),
                });
                let kept: String = kept.collect();
                if empty.and_then(scalar).is_some_and(|actual| !is_same(&kept, &actual)) {
                    let names = &mut *self.names;
                    let here = self.here;
                    data.each_variable(&mut |name| {
                        if !here.contains_key(name) {
                            names.insert(name.to_owned());
                        }
                    });
                }
            }
            Data::Object(entries) => {
                for (key, value) in entries {
                    let empty = empty.and_then(|empty| empty.get(key));
                    // Elsewhere it is no read.
                    let in_env = in_env || key == "env" || key.starts_with("env_");
                    self.look_at(value, empty, in_env);
                }
            }
            Data::List(items) => {
                for (item, empty) in items.iter().zip(partners(empty, items)) {
                    self.look_at(item, empty, in_env);
                }
            }
            Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Text(_) | Data::Outside(_) => {}
        }
    }
}

/// The first variables of what falls back to others.
pub(super) fn with_fallbacks(data: &Data, names: &mut BTreeSet<String>) {
    match data {
        Data::Outside(outside) if !outside.fallbacks.is_empty() => {
            names.extend(outside.alone().map(|(name, file)| key(name, file)));
        }
        Data::Object(entries) => entries.iter().for_each(|(_, value)| with_fallbacks(value, names)),
        Data::List(items) => items.iter().for_each(|item| with_fallbacks(item, names)),
        Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Text(_) | Data::Outside(_) => {}
    }
}

/// Whether anything in it is made of variables.
pub(super) fn is_traced(data: &Data) -> bool {
    match data {
        Data::Text(text) => text.contains(OPEN),
        Data::List(items) => items.iter().any(is_traced),
        Data::Object(entries) => entries.iter().any(|(_, value)| is_traced(value)),
        Data::Outside(_) => true,
        Data::Null | Data::Boolean(_) | Data::Number(_) => false,
    }
}

/// The text that is made of variables.
fn traced(marks: &Data, unset: Option<&Data>, here: &BTreeMap<String, String>) -> Option<Outside> {
    let text = marks.as_text().filter(|text| text.contains(OPEN))?;
    let (pieces, spread) = pieces(text);
    let alone = matches!(pieces.as_slice(), [Piece::Variable { .. }]);
    let here = pieces.iter().any(|piece| match piece {
        Piece::Variable { name, .. } => here.contains_key(name),
        Piece::Literal(_) => false,
    });
    // A text around something that is not set has `undefined` in it.
    let whole = |plain: &Data| plain.as_text().is_some_and(|text| !text.contains(UNDEFINED));
    let has_default = !alone && !here && unset.is_some_and(whole);
    let or = or(unset.filter(|_| !here && (alone || has_default)));
    Some(Outside { or, spread: spread && alone, ..Outside::of(pieces) })
}

fn or(unset: Option<&Data>) -> Option<Box<Data>> {
    unset.filter(|plain| **plain != Data::Null).map(|plain| Box::new(plain.clone()))
}

/// Takes a text with marks apart, and says whether one of them is of a spread.
fn pieces(text: &str) -> (Vec<Piece>, bool) {
    let mut pieces = Vec::new();
    let (mut rest, mut spread) = (text, false);
    while let Some((before, behind)) = rest.split_once(OPEN) {
        let Some((mark, after)) = behind.split_once(CLOSE) else { break };
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.to_owned()));
        }
        let (kind, name) = mark.split_once(':').unwrap_or(("v", mark));
        spread |= kind == "s";
        // `path.resolve` takes a mark for a relative path, and the directory for its beginning.
        let resolved = |piece: &Piece| matches!(piece, Piece::Literal(text) if text.starts_with('/') && text.ends_with('/'));
        if IS_PATH.contains(&name) && pieces.len() == 1 && pieces.iter().all(resolved) {
            pieces.clear();
        }
        pieces.push(Piece::Variable { name: name.to_owned(), file: kind.parse().ok() });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    (pieces, spread)
}

/// A text as it is told to a person: a variable is its name.
pub(super) fn legible(text: &str) -> String {
    let (pieces, _) = pieces(text);
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text,
            Piece::Variable { name, .. } => format!("${{{name}}}"),
        })
        .collect()
}

/// The same for marks that hold a name alone.
pub(in crate::import::pm2_reader) fn legible_names(text: &str) -> String {
    text.replace(OPEN, "${").replace(CLOSE, "}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data(value: serde_json::Value) -> Data {
        serde_json::from_value(value).unwrap()
    }

    fn variable(name: &str, or: Option<Data>) -> Data {
        let piece = Piece::Variable { name: name.into(), file: None };
        let is_optional = true;
        Data::Outside(Outside { or: or.map(Box::new), is_optional, ..Outside::of(vec![piece]) })
    }

    /// A run in which variables have these values; `null` is one that is not set.
    fn probe(given: serde_json::Value, config: serde_json::Value) -> Probe {
        Probe { config: data(config), given: serde_json::from_value(given).unwrap() }
    }

    fn merged(marks: &Data, unset: Option<&Data>, probes: &[Probe]) -> Merged {
        let here = BTreeMap::new();
        merge(&Runs { marks, unset, numbers: probes.first(), probes, here: &here })
    }

    fn told(merged: &Merged) -> Vec<(&str, Sort)> {
        merged.depends.iter().map(|depends| (depends.way.as_str(), depends.sort)).collect()
    }

    #[test]
    fn texts_and_numbers_show_where_they_come_from() {
        let marks =
            data(json!({"TOKEN": "\u{e000}v:TOKEN\u{e001}", "LEVEL": "\u{e000}v:LEVEL\u{e001}",
            "PORT": 3000, "MODE": "a", "FIXED": 1}));
        let unset = data(json!({"LEVEL": "info", "PORT": 3000, "MODE": "b", "FIXED": 1}));
        let probes = [("20001", "20002", "20003"), ("1", "2", "3")].map(|(token, level, port)| {
            let number: u16 = port.parse().unwrap();
            probe(
                json!({"TOKEN": token, "LEVEL": level, "PORT": port}),
                json!({"TOKEN": token, "LEVEL": level, "PORT": number, "MODE": "a", "FIXED": 1}),
            )
        });
        let merged = merged(&marks, Some(&unset), &probes);
        assert_eq!(merged.data.get("TOKEN"), Some(&variable("TOKEN", None)));
        assert_eq!(
            merged.data.get("LEVEL"),
            Some(&variable("LEVEL", Some(Data::Text("info".into()))))
        );
        assert_eq!(merged.data.get("PORT"), Some(&variable("PORT", Some(Data::Number(3000.0)))));
        assert_eq!(merged.data.get("MODE"), Some(&Data::Text("b".into())));
        assert_eq!(merged.data.get("FIXED"), Some(&Data::Number(1.0)));
        assert_eq!(told(&merged), [("MODE", Sort::Computed)]);
    }

    #[test]
    fn a_number_that_happens_to_be_the_one_of_a_variable_is_not_believed() {
        let marks = data(json!({"NEXT": "NaN"}));
        let unset = data(json!({"NEXT": 3001}));
        let probes = [
            probe(json!({"PORT": "20001", "ZONE": "20002"}), json!({"NEXT": 20002})),
            probe(json!({"PORT": "5", "ZONE": "8"}), json!({"NEXT": 6})),
        ];
        let merged = merged(&marks, Some(&unset), &probes);
        assert_eq!(merged.data, unset);
        assert_eq!(told(&merged), [("NEXT", Sort::Computed)]);
    }

    #[test]
    fn what_is_taken_apart_is_not_believed() {
        let marks = data(json!({"HOST": "\u{e000}v:ADDRESS\u{e001}"}));
        let probes = [
            probe(json!({"ADDRESS": "abc"}), json!({"HOST": "abc"})),
            probe(json!({"ADDRESS": "a:b"}), json!({"HOST": "a"})),
        ];
        let unset = data(json!({}));
        let merged = merged(&marks, Some(&unset), &probes);
        assert_eq!(merged.data, unset);
        assert_eq!(told(&merged), [("HOST", Sort::Absent)]);
    }

    #[test]
    fn a_fallback_to_another_variable_is_one_of_the_chain() {
        let marks = data(json!({"BASE": "\u{e000}v:A\u{e001}"}));
        let probes = [
            probe(json!({"A": "x"}), json!({"BASE": "x"})),
            probe(json!({"A": "y"}), json!({"BASE": "y"})),
            probe(json!({"A": null, "B": "z"}), json!({"BASE": "z"})),
        ];
        let merged = merged(&marks, Some(&data(json!({"BASE": "d"}))), &probes);
        let mut expected = variable("A", Some(Data::Text("d".into())));
        if let Data::Outside(outside) = &mut expected {
            outside.fallbacks.push(Piece::Variable { name: "B".into(), file: None });
        }
        assert_eq!(merged.data.get("BASE"), Some(&expected));
        assert_eq!(told(&merged), []);
    }

    #[test]
    fn what_falls_back_when_it_is_empty_is_told_from_what_does_not() {
        let both =
            data(json!({"OR": "\u{e000}v:OR\u{e001}", "NULLISH": "\u{e000}v:NULLISH\u{e001}"}));
        let unset = data(json!({"OR": "d", "NULLISH": "d"}));
        let probes = ["x", "y"].map(|value| {
            probe(json!({"OR": value, "NULLISH": value}), json!({"OR": value, "NULLISH": value}))
        });
        let merged = merged(&both, Some(&unset), &probes);
        let mut names = BTreeSet::new();
        let empty = data(json!({"OR": "d", "NULLISH": ""}));
        let is_asked = |outside: &Outside| outside.or.is_some();
        let here = &BTreeMap::new();
        let mut finding = Empty { is_asked: &is_asked, here, names: &mut names };
        finding.look_at(&merged.data, Some(&empty), true);
        assert_eq!(names, BTreeSet::from(["OR".to_owned()]));
    }

    #[test]
    fn several_variables_in_a_text_have_defaults_of_their_own() {
        let marks = data(json!({"URL": "http://\u{e000}v:H\u{e001}:\u{e000}v:P\u{e001}/"}));
        let url = |given: serde_json::Value, text: &str| probe(given, json!({"URL": text}));
        let probes = [
            url(json!({"H": "a", "P": "b"}), "http://a:b/"),
            url(json!({"H": "c", "P": "d"}), "http://c:d/"),
            url(json!({"H": null, "P": "e"}), "http://localhost:e/"),
            url(json!({"H": "f", "P": null}), "http://f:3000/"),
        ];
        let unset = data(json!({"URL": "http://localhost:3000/"}));
        let merged = merged(&marks, Some(&unset), &probes);
        let Some(Data::Outside(url)) = merged.data.get("URL") else { panic!("{merged:?}") };
        let alternatives: Vec<String> = url
            .alternatives(&|_| false)
            .into_iter()
            .map(|pieces| Outside::of(pieces).variables())
            .collect();
        assert_eq!(alternatives, ["`H` and `P`", "`P`", "`H`"]);
        assert_eq!(url.defaults.get("H").map(String::as_str), Some("localhost"));
        assert_eq!(told(&merged), []);
        // One of them is not always the same.
        let mut probes = probes;
        probes[2] = probe(json!({"H": null, "P": "e"}), json!({"URL": "http://e.lan:e/"}));
        let merged = self::merged(&marks, Some(&unset), &probes);
        assert_eq!(told(&merged), [("URL", Sort::Computed)]);
    }

    #[test]
    fn apps_are_found_by_their_names() {
        let marks = data(json!([{"name": "b", "env": {"T": "\u{e000}0:T\u{e001}"}}]));
        let unset = data(json!([{"name": "a"}, {"name": "b", "env": {}}]));
        let probes = ["x", "y"]
            .map(|value| probe(json!({"0:T": value}), json!([{"name": "b", "env": {"T": value}}])));
        let merged = merged(&marks, Some(&unset), &probes);
        let Data::List(apps) = &merged.data else { panic!("a list") };
        assert_eq!(apps[0], data(json!({"name": "a"})));
        let piece = Piece::Variable { name: "T".into(), file: Some(0) };
        let outside = Outside { is_optional: true, ..Outside::of(vec![piece]) };
        assert_eq!(apps[1].get("env").unwrap().get("T"), Some(&Data::Outside(outside)));
        assert_eq!(told(&merged), [("", Sort::Computed)], "one of the apps is not always there");
    }

    #[test]
    fn a_text_around_a_variable_keeps_its_pieces() {
        let (parts, spread) = pieces("mongodb://a:\u{e000}v:PW\u{e001}@db");
        assert!(!spread);
        assert_eq!(parts.len(), 3);
        assert_eq!(legible("x \u{e000}v:PW\u{e001}"), "x ${PW}");
    }
}
