//! What a configuration reads of the environment: found by evaluating it three times.
//!
//! With a mark in the place of each variable, texts show what they are made of. With nothing set,
//! they show what they are then. With a number for each variable, numbers show where they come from.

use std::collections::BTreeMap;

use super::data::{Data, Outside, Piece};

const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The variables that hold absolute paths.
const IS_PATH: [&str; 7] = ["HOME", "PWD", "OLDPWD", "TMPDIR", "TMP", "TEMP", "USERPROFILE"];

/// The numbers that variables have in the third run, by their names.
pub(super) type Codes<'a> = &'a [(String, i64)];

/// Puts the runs together. `unset` and `numbers` are `None` where the run failed; `here` are the
/// variables that are set in every run, as what tells a program its way on this machine.
pub(super) fn merge(
    marks: &Data,
    unset: Option<&Data>,
    numbers: Option<&Data>,
    codes: Codes<'_>,
    here: &BTreeMap<String, String>,
) -> Merged {
    let mut merging = Merging { codes, here, depends: Vec::new() };
    let data = merging.merge(Some(marks), unset, numbers, unset.is_some(), "");
    Merged { data, depends: merging.depends }
}

/// What the runs come to.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) data: Data,
    /// The ways to what is another when variables are set, and shows no trace of them.
    pub(super) depends: Vec<String>,
}

struct Merging<'a> {
    codes: Codes<'a>,
    here: &'a BTreeMap<String, String>,
    depends: Vec<String>,
}

impl Merging<'_> {
    fn merge(
        &mut self,
        marks: Option<&Data>,
        unset: Option<&Data>,
        numbers: Option<&Data>,
        has_unset: bool,
        way: &str,
    ) -> Data {
        if let Some(outside) = marks.and_then(|marks| traced(marks, unset, self.here)) {
            return Data::Outside(outside);
        }
        if let Some(outside) = self.numeric(numbers, unset) {
            return Data::Outside(outside);
        }
        let base = if has_unset { unset } else { marks };
        match base {
            Some(Data::Object(entries)) => {
                let mut object: Vec<(String, Data)> = Vec::new();
                let only_marked = match marks {
                    Some(Data::Object(marked)) => marked.as_slice(),
                    _ => &[],
                };
                for key in merged_keys(only_marked, entries) {
                    let at = |data: Option<&Data>| data.and_then(|data| data.get(key)).cloned();
                    let (marked, plain, number) = (at(marks), at(unset), at(numbers));
                    let inner = format!("{way}{}{key}", if way.is_empty() { "" } else { "." });
                    let merged = match (&marked, &plain) {
                        // It is there only when something is set.
                        (Some(marked), None) if has_unset && !is_traced(marked) => {
                            self.depends.push(inner);
                            continue;
                        }
                        _ => self.merge(
                            marked.as_ref(),
                            plain.as_ref(),
                            number.as_ref(),
                            has_unset && plain.is_some(),
                            &inner,
                        ),
                    };
                    object.push((key.to_owned(), merged));
                }
                Data::Object(object)
            }
            Some(Data::List(items)) => {
                let marked = partners(marks, items);
                let numbered = partners(numbers, items);
                if marked.is_empty() && marks.is_some() && !items.is_empty() {
                    self.depends.push(way.to_owned());
                }
                let merged = items.iter().enumerate().map(|(index, item)| {
                    let marks = marked.get(index).copied().flatten();
                    let numbers = numbered.get(index).copied().flatten();
                    let plain = has_unset.then_some(item);
                    let inner = format!("{way}[{index}]");
                    self.merge(marks.or(Some(item)), plain, numbers, has_unset, &inner)
                });
                Data::List(merged.collect())
            }
            Some(plain) => {
                if has_unset && marks.is_some_and(|marks| marks != plain) {
                    self.depends.push(way.to_owned());
                }
                without_marks(plain)
            }
            None => Data::Null,
        }
    }

    /// A number that is the one of a variable.
    fn numeric(&self, numbers: Option<&Data>, unset: Option<&Data>) -> Option<Outside> {
        let Some(Data::Number(number)) = numbers else { return None };
        let code = super::data::whole(*number)?;
        let (name, _) = self.codes.iter().find(|(_, known)| *known == code)?;
        let piece = Piece::Variable { name: name.clone(), file: None };
        Some(Outside { pieces: vec![piece], or: or(unset), spread: false })
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
    let whole = |plain: &Data| plain.as_text().is_none_or(|text| !text.contains("undefined"));
    let or = or(unset.filter(|plain| !here && (alone || whole(plain))));
    Some(Outside { pieces, or, spread: spread && alone })
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
pub(super) fn legible_names(text: &str) -> String {
    text.replace(OPEN, "${").replace(CLOSE, "}")
}

fn without_marks(data: &Data) -> Data {
    match data {
        Data::Text(text) if text.contains(OPEN) => Data::Text(legible(text)),
        other => other.clone(),
    }
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
        Data::Outside(Outside { pieces: vec![piece], or: or.map(Box::new), spread: false })
    }

    #[test]
    fn texts_and_numbers_show_where_they_come_from() {
        let marks =
            data(json!({"TOKEN": "\u{e000}v:TOKEN\u{e001}", "LEVEL": "\u{e000}v:LEVEL\u{e001}",
            "PORT": 3000, "MODE": "a", "FIXED": 1}));
        let unset = data(json!({"LEVEL": "info", "PORT": 3000, "MODE": "b", "FIXED": 1}));
        let numbers = data(
            json!({"TOKEN": "7310000", "LEVEL": "7310001", "PORT": 7_310_002, "MODE": "a", "FIXED": 1}),
        );
        let codes = [("PORT".to_owned(), 7_310_002)];
        let merged = merge(&marks, Some(&unset), Some(&numbers), &codes, &BTreeMap::new());
        assert_eq!(merged.data.get("TOKEN"), Some(&variable("TOKEN", None)));
        assert_eq!(
            merged.data.get("LEVEL"),
            Some(&variable("LEVEL", Some(Data::Text("info".into()))))
        );
        assert_eq!(merged.data.get("PORT"), Some(&variable("PORT", Some(Data::Number(3000.0)))));
        assert_eq!(merged.data.get("MODE"), Some(&Data::Text("b".into())));
        assert_eq!(merged.data.get("FIXED"), Some(&Data::Number(1.0)));
        assert_eq!(merged.depends, ["MODE"]);
    }

    #[test]
    fn apps_are_found_by_their_names() {
        let marks = data(json!([{"name": "b", "env": {"T": "\u{e000}0:T\u{e001}"}}]));
        let unset = data(json!([{"name": "a"}, {"name": "b", "env": {}}]));
        let merged = merge(&marks, Some(&unset), None, &[], &BTreeMap::new());
        let Data::List(apps) = &merged.data else { panic!("a list") };
        assert_eq!(apps[0], data(json!({"name": "a"})));
        let piece = Piece::Variable { name: "T".into(), file: Some(0) };
        let outside = Outside { pieces: vec![piece], or: None, spread: false };
        assert_eq!(apps[1].get("env").unwrap().get("T"), Some(&Data::Outside(outside)));
    }

    #[test]
    fn a_text_around_a_variable_keeps_its_pieces() {
        let (parts, spread) = pieces("mongodb://a:\u{e000}v:PW\u{e001}@db");
        assert!(!spread);
        assert_eq!(parts.len(), 3);
        assert_eq!(legible("x \u{e000}v:PW\u{e001}"), "x ${PW}");
    }
}
