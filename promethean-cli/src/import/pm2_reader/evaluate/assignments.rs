//! The values that variables get in the runs of a program.

use std::collections::{BTreeMap, BTreeSet};

/// Halves of these names and the other halves, so that of any two there is one without the other.
pub(super) fn halves(names: &[String]) -> Vec<Vec<String>> {
    let mut halves = Vec::new();
    let mut bit = 1;
    while bit < names.len() {
        for wanted in [0, bit] {
            let half = names.iter().enumerate().filter(|(index, _)| index & bit == wanted);
            halves.push(half.map(|(_, name)| name.clone()).collect());
        }
        bit *= 2;
    }
    halves
}

/// For each of these names all the others, so that each is set alone once.
pub(super) fn alone(names: &[String]) -> Vec<Vec<String>> {
    const MOST: usize = 12;
    if names.len() < 3 || names.len() > MOST {
        // Of two, the halves are that.
        return Vec::new();
    }
    let others = |own: &String| names.iter().filter(|name| *name != own).cloned().collect();
    names.iter().map(others).collect()
}

/// Each variable with each literal once, and no two with the same one in a run.
pub(super) fn rotated<'a>(
    names: &'a [String],
    literals: &'a [String],
) -> Vec<BTreeMap<&'a str, &'a str>> {
    const MOST: usize = 16;
    if literals.is_empty() {
        return Vec::new();
    }
    let names = names.get(..MOST).unwrap_or(names);
    let slots = names.len().max(literals.len());
    let run = |turn: usize| {
        let names = names.iter().enumerate();
        let given = names.filter_map(move |(index, name)| {
            Some((name.as_str(), literals.get((index + turn) % slots)?.as_str()))
        });
        given.collect()
    };
    (0..slots).map(run).collect()
}

/// Numbers above those that a program compares with, or keeps others below: first one that is above all.
fn beyond_limits(program: &str) -> impl Iterator<Item = String> {
    const MOST: usize = 4;
    let compares = ["Math.min", "Math.max", "<", ">"].iter().any(|sign| program.contains(sign));
    let numbers = program.split(|letter: char| !letter.is_ascii_digit());
    let numbers = numbers.filter_map(|digits| digits.parse::<u32>().ok()?.checked_add(1));
    let numbers: BTreeSet<u32> = numbers.filter(|_| compares).collect();
    numbers.into_iter().rev().map(|number| number.to_string()).take(MOST)
}

/// What a program compares with, and what many compare with: values that decide something.
pub(super) fn literals(program: &str) -> Vec<String> {
    const MOST: usize = 12;
    const USUAL: [&str; 6] = ["production", "development", "staging", "test", "true", "1"];
    let mut found: Vec<String> = Vec::new();
    let patterns = [
        r#"(?:[!=]==?|\bcase|(?:includes|startsWith|endsWith)\()\s*["'`]([^"'`\n$\\]{1,40})["'`]"#,
        r#"["'`]([^"'`\n$\\]{1,40})["'`]\s*[!=]==?"#,
    ];
    for pattern in patterns.iter().filter_map(|pattern| regex_lite::Regex::new(pattern).ok()) {
        let literals = pattern.captures_iter(program).filter_map(|found| found.get(1));
        found.extend(literals.map(|literal| literal.as_str().to_owned()));
    }
    found.extend(beyond_limits(program));
    let words = program.split(|letter: char| !letter.is_alphanumeric());
    found.extend(words.filter(|word| USUAL.contains(word)).map(str::to_owned));
    let mut literals: Vec<String> = Vec::new();
    for literal in found {
        if literals.len() < MOST && !literals.contains(&literal) {
            literals.push(literal);
        }
    }
    literals
}

#[cfg(test)]
mod tests {
    use super::literals;

    #[test]
    fn one_value_is_above_all_limits() {
        let program = "[1, 2, 3, 4, 5, 6].map((part) => Math.min(part, process.env.MOST || 65535))";
        assert_eq!(literals(program), ["65536", "7", "6", "5", "1"]);
        assert_eq!(literals("start(8000)"), [""; 0]);
    }
}
