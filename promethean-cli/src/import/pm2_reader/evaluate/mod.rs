//! Evaluates a program again and again, to see what it makes of the environment.
//!
//! 1. `run` evaluates it under Node, with values of our choice for the variables;
//! 2. `assignments` chooses those values;
//! 3. `trace` puts the runs together: which value is the one of which variable;
//! 4. `refusal` says why there is no configuration.

mod assignments;
mod refusal;
mod run;
pub(super) mod trace;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use camino::Utf8Path;

use super::configuration::{Configuration, Environment, Sample, configuration};
use super::data::{Data, Outside, Piece};
use crate::import::Options;
use crate::import::error::ImportError;
use assignments::{alone, halves, literals, rotated};
use refusal::refusal;
use run::{AT_ONCE, Answer, Refused, Run, Values, run, run_several};
use trace::{Depends, Empty, Probe, Runs, differing, is_in};

/// Evaluates a file with Node.
pub(super) fn evaluate(file: &Utf8Path, options: &Options) -> Result<Configuration, ImportError> {
    if !options.trust {
        return Err(ImportError::Untrusted { file: file.to_string() });
    }
    let marks = with_marks(file, options)?;
    let Some(marked) = &marks.answer.config else {
        // What it says without any mark is the plain truth.
        let plain = run(file, options, &Values::plain("unset", ""), &[])?;
        return match plain.config {
            Some(data) => configuration(file, &data, Environment::default()),
            None => Err(refusal(file, &marks.answer.refused.unwrap_or_else(Refused::nothing))),
        };
    };
    let reads_outside =
        !marks.answer.read.is_empty() || !marks.answer.files.is_empty() || trace::is_traced(marked);
    let unanswered = Mutex::new(BTreeSet::new());
    let works_in_threads = AtomicBool::new(false);
    let evaluation = Evaluation {
        file,
        options,
        never: &marks.unset,
        unanswered: &unanswered,
        works_in_threads: &works_in_threads,
    };
    let unset = match reads_outside {
        true => run(file, options, &Values::plain("unset", ""), &marks.unset)?,
        false => Answer { config: Some(marked.clone()), ..Answer::default() },
    };
    let mut read = marks.answer.read.clone();
    let (numbered, probes) = match reads_outside {
        true => evaluation.probes(&mut read, &unset.read),
        false => (false, Vec::new()),
    };
    let numbers = probes.first().filter(|_| numbered);
    let runs = Runs {
        marks: marked,
        unset: unset.config.as_ref(),
        numbers,
        probes: &probes,
        here: &marks.answer.base,
    };
    let mut merged = trace::merge(&runs);
    if let Some(unset) = &unset.config
        && let Some(again) = evaluation.answer(&Values::plain("unset", "")).config
    {
        merged.mark_unsteady(unset, &again);
    }
    if let Some(numbers) = numbers {
        evaluation.attribute(&mut merged.depends, numbers, &read);
    }
    if let Some(unset) = &unset.config {
        evaluation.switches(&mut merged.depends, unset, &probes, &read);
    }
    let empty_is_unset = match reads_outside {
        true => evaluation.empty_is_unset(&merged.data, &marks.answer.base),
        false => BTreeSet::new(),
    };
    let used = merged.data.files();
    let (read_one_by_one, loaded) =
        marks.answer.loaded.into_iter().partition(|file| used.contains(file));
    let mut traced = BTreeSet::new();
    merged.data.each_variable(&mut |name| {
        traced.insert(name.to_owned());
    });
    let variables: Vec<String> =
        read.into_iter().filter(|name| !traced.contains(name) && !name.ends_with(')')).collect();
    let is_tried = |name: &String| {
        probes.iter().any(|probe| probe.given.get(name).is_some_and(Option::is_some))
    };
    let environment = Environment {
        untried: variables.iter().filter(|name| !is_tried(name)).cloned().collect(),
        variables,
        files: marks.answer.files,
        base: marks.answer.base,
        depends: merged.depends,
        without_default: unset.config.is_none(),
        loaded,
        read_one_by_one,
        empty_is_unset: empty_is_unset.into_iter().collect(),
        runs: probes.len() + usize::from(unset.config.is_some()),
        samples: samples(probes),
        unanswered: unanswered.into_inner().unwrap_or_else(PoisonError::into_inner),
        programs: marks.answer.programs,
        modules: marks.answer.modules,
        flags: marks.answer.flags,
    };
    configuration(file, &merged.data, environment)
}

/// Some of the runs, to compare with: two with everything set, two with some of it.
fn samples(probes: Vec<Probe>) -> Vec<Sample> {
    const OF_EACH: usize = 2;
    let is_full = |probe: &Probe| probe.given.values().all(Option::is_some);
    let (full, partly): (Vec<Probe>, Vec<Probe>) = probes.into_iter().partition(is_full);
    let chosen = full.into_iter().take(OF_EACH).chain(partly.into_iter().take(OF_EACH));
    let samples = chosen.map(|Probe { config, given }| {
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Sample { data: config, given: given.collect() }
    });
    samples.collect()
}

/// The values of the first run with values.
const NUMBERS: &str = "numbers";

/// The seed of all runs.
const SEED: &str = "one";

/// A file that is evaluated again and again.
#[derive(Clone, Copy, Debug)]
struct Evaluation<'a> {
    file: &'a Utf8Path,
    options: &'a Options,
    /// Variables that are not set in any run.
    never: &'a [String],
    /// Why Node gave no answer to some runs.
    unanswered: &'a Mutex<BTreeSet<String>>,
    /// Whether it comes to the same in a thread as in a process of its own.
    works_in_threads: &'a AtomicBool,
}

impl Evaluation<'_> {
    /// One run. One in which the file fails says nothing, and that Node fails is remembered.
    fn answer(&self, values: &Values<'_>) -> Answer {
        run(self.file, self.options, values, &self.unset(values)).unwrap_or_else(|error| {
            self.gave_no_answer(&error);
            Answer::default()
        })
    }

    /// The variables that are not set in a run.
    fn unset(&self, values: &Values<'_>) -> Vec<String> {
        self.never.iter().chain(&values.absent).cloned().collect()
    }

    /// Remembers why Node gave no answer.
    fn gave_no_answer(&self, error: &ImportError) {
        let mut unanswered = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner);
        unanswered.insert(error.diagnostic().message);
    }

    /// The runs with values, those of them that come to something, and whether the first is the one
    /// where numbers show the variable that they come from. What they read is added to `read`.
    fn probes(&self, read: &mut Vec<String>, more: &[String]) -> (bool, Vec<Probe>) {
        let numbers = self.answer(&Values::plain(NUMBERS, SEED));
        let numbered = numbers.config.is_some();
        for name in more.iter().chain(&numbers.read) {
            if !read.contains(name) {
                read.push(name.clone());
            }
        }
        let mut names = read.clone();
        let of_files = numbers.given.keys().filter(|key| !read.contains(key));
        names.extend(of_files.cloned());
        let text = fs::read_to_string(self.file).unwrap_or_default();
        let literals = literals(&text);
        let mut values: Vec<Values<'_>> =
            ["small numbers", "texts", "short texts", "punctuation", "paths"]
                .into_iter()
                .map(|mode| Values::plain(mode, SEED))
                .collect();
        values.extend(
            rotated(&names, &literals)
                .into_iter()
                .map(|literals| Values { literals, ..Values::plain("literals", SEED) }),
        );
        for absent in halves(&names).into_iter().chain(alone(&names)) {
            values.push(Values { absent, ..Values::plain("other numbers", SEED) });
        }
        let answers = self.answers_beside(&numbers, &values);
        let answers = std::iter::once(numbers).chain(answers);
        let probes = answers
            .filter_map(|Answer { config, given, .. }| Some(Probe { config: config?, given }));
        (numbered, probes.collect())
    }

    /// The variables that the file takes for ones that are not set when they are empty.
    fn empty_is_unset(&self, data: &Data, here: &BTreeMap<String, String>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let empty = self.answer(&Values::plain("empty", "")).config;
        let has_default = |outside: &Outside| outside.or.is_some() || !outside.defaults.is_empty();
        let mut finding = Empty { is_asked: &has_default, here, names: &mut names };
        finding.look_at(data, empty.as_ref(), false);
        // With something to fall back to.
        let mut first = BTreeSet::new();
        trace::with_fallbacks(data, &mut first);
        if !first.is_empty() {
            let literals = first.iter().map(|name| (name.as_str(), "")).collect();
            let values = Values { literals, ..Values::plain("literals", SEED) };
            let empty = self.answer(&values).config;
            let falls_back = |outside: &Outside| {
                !outside.fallbacks.is_empty()
                    && outside.fallbacks.iter().all(|piece| match piece {
                        Piece::Variable { name, file } => !first.contains(&trace::key(name, *file)),
                        Piece::Literal(_) => true,
                    })
            };
            let mut finding = Empty { is_asked: &falls_back, here, names: &mut names };
            finding.look_at(data, empty.as_ref(), false);
        }
        names
    }

    /// Several runs, beside one with the first numbers that a process has answered: where a thread comes to something
    /// else with the same numbers, threads are not asked again. They cannot change the directory, for one.
    fn answers_beside(&self, numbers: &Answer, values: &[Values<'_>]) -> Vec<Answer> {
        let again = [&[Values::plain(NUMBERS, SEED)], values].concat();
        let mut in_threads = self.in_threads(&again).into_iter();
        let is_same = |answer: Answer| {
            answer.config.is_some()
                && (answer.config, answer.read, answer.given)
                    == (numbers.config.clone(), numbers.read.clone(), numbers.given.clone())
        };
        let works = in_threads.next().flatten().is_some_and(is_same);
        self.works_in_threads.store(works, Ordering::Relaxed);
        self.completed(values, if works { in_threads.collect() } else { Vec::new() })
    }

    /// Several runs.
    fn answers(&self, values: &[Values<'_>]) -> Vec<Answer> {
        let works = self.works_in_threads.load(Ordering::Relaxed) && values.len() > 1;
        self.completed(values, if works { self.in_threads(values) } else { Vec::new() })
    }

    /// Several runs in threads. There is none of those that fail.
    fn in_threads(&self, values: &[Values<'_>]) -> Vec<Option<Answer>> {
        let unset: Vec<Vec<String>> = values.iter().map(|values| self.unset(values)).collect();
        let runs: Vec<Run<'_>> =
            values.iter().zip(&unset).map(|(values, unset)| Run { values, unset }).collect();
        run_several(self.file, self.options, &runs).unwrap_or_default()
    }

    /// The answers of threads, and those of processes in the place of the others.
    fn completed(&self, values: &[Values<'_>], in_threads: Vec<Option<Answer>>) -> Vec<Answer> {
        let mut in_threads = in_threads;
        in_threads.resize_with(values.len(), || None);
        let is_missing = in_threads.iter().map(Option::is_none);
        let missing = values.iter().zip(is_missing).filter(|(_, missing)| *missing);
        let missing: Vec<&Values<'_>> = missing.map(|(values, _)| values).collect();
        let mut in_processes = self.one_by_one(&missing).into_iter();
        let answers = in_threads.into_iter().map(|answer| {
            let answer = answer.or_else(|| in_processes.next()).unwrap_or_default();
            if answer.late {
                let seconds = self.options.time_limit.as_secs();
                self.gave_no_answer(&ImportError::NeverEnds { seconds });
            }
            answer
        });
        answers.collect()
    }

    /// Several runs in processes of their own, a few at a time.
    fn one_by_one(&self, values: &[&Values<'_>]) -> Vec<Answer> {
        let mut answers = Vec::new();
        for values in values.chunks(AT_ONCE) {
            std::thread::scope(|scope| {
                let runs: Vec<_> = values
                    .iter()
                    .map(|values| {
                        let run = std::thread::Builder::new();
                        (values, run.spawn_scoped(scope, move || self.answer(values)))
                    })
                    .collect();
                let ended = runs.into_iter().map(|(values, run)| match run {
                    Ok(run) => run.join().unwrap_or_default(),
                    // The system gives no thread.
                    Err(_) => self.answer(values),
                });
                answers.extend(ended);
            });
        }
        answers
    }

    /// Finds the variables that something is computed from, by giving each another value.
    fn attribute(&self, depends: &mut [Depends], numbers: &Probe, read: &[String]) {
        const MOST: usize = 12;
        let computed = depends.iter().any(Depends::is_computed);
        if !computed {
            return;
        }
        let read = read.get(..MOST).unwrap_or(read);
        let values: Vec<Values<'_>> = read
            .iter()
            .map(|name| Values { reseeded: Some(name), ..Values::plain(NUMBERS, SEED) })
            .collect();
        for (name, answer) in read.iter().zip(self.answers(&values)) {
            let Some(config) = answer.config else { continue };
            let others = differing(&numbers.config, &config);
            for depends in depends.iter_mut().filter(|depends| depends.is_computed()) {
                let is_other = others.iter().any(|way| is_in(way, depends));
                if is_other && !depends.variables.contains(name) {
                    depends.variables.push(name.clone());
                }
            }
        }
    }

    /// Finds the variables that something is decided by, which another number does not show
    /// (`NODE_ENV === "production"`): each gets the value that it had in a run that came to something
    /// else, and no other is set.
    fn switches(&self, depends: &mut [Depends], unset: &Data, probes: &[Probe], read: &[String]) {
        const MOST: usize = 24;
        let unknown = |depends: &Depends| depends.variables.is_empty() && depends.is_computed();
        let mut tries: Vec<(&String, &str)> = Vec::new();
        for probe in probes {
            let others = differing(unset, &probe.config);
            if depends
                .iter()
                .filter(|depends| unknown(depends))
                .any(|depends| others.iter().any(|way| is_in(way, depends)))
            {
                let given = probe.given.iter().filter(|(name, _)| read.contains(name));
                let given = given.filter_map(|(name, value)| Some((name, value.as_deref()?)));
                tries.extend(given);
            }
        }
        // What is compared with is short; the others are invented.
        tries.sort_by_key(|(_, value)| value.len());
        tries.dedup();
        tries.truncate(MOST);
        let values: Vec<Values<'_>> = tries
            .iter()
            .map(|(own, value)| Values {
                literals: [(own.as_str(), *value)].into(),
                absent: read.iter().filter(|name| name != own).cloned().collect(),
                ..Values::plain("literals", SEED)
            })
            .collect();
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for ((name, _), answer) in tries.iter().zip(self.answers(&values)) {
            let Some(config) = answer.config else { continue };
            found.push(((*name).clone(), differing(unset, &config)));
        }
        for depends in depends.iter_mut().filter(|depends| unknown(depends)) {
            for (name, others) in &found {
                let decides = others.iter().any(|way| is_in(way, depends));
                if decides && !depends.variables.contains(name) {
                    depends.variables.push(name.clone());
                }
            }
        }
    }
}

/// A run with marks, and the variables that had to be left unset for it.
struct Marked {
    answer: Answer,
    unset: Vec<String>,
}

/// Evaluates a file with marks. What throws at a mark (an address that is taken apart, JSON) is
/// evaluated again without that variable.
fn with_marks(file: &Utf8Path, options: &Options) -> Result<Marked, ImportError> {
    const TRIES: usize = 8;
    let mut unset: Vec<String> = Vec::new();
    loop {
        let answer = run(file, options, &Values::plain("marks", ""), &unset)?;
        let throws = answer.refused.as_ref().is_some_and(|refused| refused.kind == "throws");
        match &answer.last {
            Some(last) if throws && !unset.contains(last) && unset.len() < TRIES => {
                unset.push(last.clone());
            }
            _ => return Ok(Marked { answer, unset }),
        }
    }
}
