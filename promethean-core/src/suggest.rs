//! "Did you mean": the nearest of some known words.
//!
//! The distance is counted in constants, too, where files are checked against each other.

/// The candidate that a misspelled word most probably means, if any is near enough.
///
/// Case and the choice between `-` and `_` count for nothing; otherwise a third of the word may be
/// wrong, and at least one letter.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.as_bytes();
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate.as_bytes()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(word) && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How far away a word may be that is meant.
pub(crate) const fn allowed(word: &[u8]) -> usize {
    if word.len() < 6 { 1 } else { word.len() / 3 }
}

/// How many bytes have to be added, removed, replaced or swapped with the next one; the greatest
/// number for words that are too long for names.
pub(crate) const fn distance(one: &[u8], other: &[u8]) -> usize {
    const LONGEST: usize = 64;
    // What differs in length alone by more than may be wrong need not be looked at.
    if one.len() >= LONGEST
        || other.len() >= LONGEST
        || one.len().abs_diff(other.len()) > allowed(one)
    {
        return usize::MAX;
    }
    // Rows for the last two bytes of `one` and the one at hand.
    let mut rows = [[0; LONGEST]; 3];
    let mut column = 0;
    while column <= other.len() {
        rows[1][column] = column;
        column += 1;
    }
    let mut row = 0;
    while row < one.len() {
        let (above, now) = (rows[1], row + 1);
        rows[2] = [0; LONGEST];
        rows[2][0] = now;
        let mut column = 0;
        while column < other.len() {
            let same = lower(one[row]) == lower(other[column]);
            let mut least = above[column] + !same as usize;
            least = smaller(least, above[column + 1] + 1);
            least = smaller(least, rows[2][column] + 1);
            let swapped = row > 0
                && column > 0
                && lower(one[row]) == lower(other[column - 1])
                && lower(one[row - 1]) == lower(other[column]);
            if swapped {
                least = smaller(least, rows[0][column - 1] + 1);
            }
            rows[2][column + 1] = least;
            column += 1;
        }
        rows = [above, rows[2], above];
        row += 1;
    }
    rows[1][other.len()]
}

/// Whether two names differ in their digits alone: `eu-1` and `eu-2`.
pub(crate) const fn is_numbered(one: &[u8], other: &[u8]) -> bool {
    let (mut at, mut behind) = (0, 0);
    loop {
        while at < one.len() && one[at].is_ascii_digit() {
            at += 1;
        }
        while behind < other.len() && other[behind].is_ascii_digit() {
            behind += 1;
        }
        if at == one.len() || behind == other.len() {
            return at == one.len() && behind == other.len();
        }
        if one[at] != other[behind] {
            return false;
        }
        at += 1;
        behind += 1;
    }
}

/// Whether a name is a slip of the pen for another one: a letter too many, too few or another one,
/// two in the wrong order, or the case. Names that are counted differ in their last letter or in
/// digits, and are none.
pub(crate) const fn is_slip(given: &[u8], wanted: &[u8]) -> bool {
    if given.len() < 3 || wanted.len() < 3 {
        return false;
    }
    let (long, short) = if given.len() < wanted.len() { (wanted, given) } else { (given, wanted) };
    let (mut at, mut differ, mut digits) = (0, 0, false);
    while at < short.len() {
        if long[at] != short[at] {
            differ += 1;
            digits |= long[at].is_ascii_digit() || short[at].is_ascii_digit();
        }
        at += 1;
    }
    if long.len() > short.len() {
        return !long[long.len() - 1].is_ascii_digit() && !digits && distance(given, wanted) <= 1;
    }
    let at_end = lower(long[long.len() - 1]) != lower(short[short.len() - 1]);
    differ > 0 && !digits && !(at_end && differ == 1) && distance(given, wanted) <= 1
}

const fn smaller(one: usize, other: usize) -> usize {
    if one < other { one } else { other }
}

/// Case and the choice between `-` and `_` count for nothing.
const fn lower(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }
}

/// A name without what people write in different ways: case, quotes, and the signs between words.
///
/// `duck.voice`, `duck_voice`, `Duck::Voice` and `duck["voice"]` are folded into one.
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a text, folded, is these texts one behind the other.
pub(crate) const fn is_spelled(written: &[u8], parts: &[&[u8]]) -> bool {
    let (mut at, mut part, mut letters) = (0, 0, 0);
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            let letter = parts[part][index];
            index += 1;
            if !is_letter(letter) {
                continue;
            }
            while at < written.len() && !is_letter(written[at]) {
                at += 1;
            }
            if at == written.len() || !written[at].eq_ignore_ascii_case(&letter) {
                return false;
            }
            at += 1;
            letters += 1;
        }
        part += 1;
    }
    while at < written.len() && !is_letter(written[at]) {
        at += 1;
    }
    at == written.len() && letters > 0
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// The words of a text between the signs that people write between the parts of a name.
#[must_use]
pub fn parts(written: &str) -> Vec<&str> {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    written
        .split(|letter| !is_part(letter))
        .map(|part| part.trim_matches('-'))
        .filter(|part| !part.is_empty())
        .collect()
}

/// Whether a word is written as Rust's statics are.
#[must_use]
pub fn is_static(word: &str) -> bool {
    word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::{distance, folded, is_slip, is_spelled, nearest, parts};

    #[test]
    fn spellings_of_one_name_are_one_to_the_fold() {
        for written in ["duck.voice", "duck_voice", "duck-voice", "Duck::Voice", "duck[\"voice\"]"]
        {
            assert_eq!(folded(written), "duckvoice", "{written}");
            assert!(is_spelled(written.as_bytes(), &[b"duck", b"voice"]), "{written}");
            assert!(!is_spelled(written.as_bytes(), &[b"duck", b"voices"]), "{written}");
            assert!(!is_spelled(written.as_bytes(), &[b"duck"]), "{written}");
        }
        assert!(!is_spelled(b"__", &[b"-"]), "nothing is no spelling of nothing");
        assert_eq!(parts("&infra::INFRA.duck -> my-voice"), ["infra", "INFRA", "duck", "my-voice"]);
    }

    #[test]
    fn the_nearest_word_is_offered_and_a_far_one_is_not() {
        let units = ["mongodb", "chromadb", "cephalon"];
        assert_eq!(nearest("mongdb", units), Some("mongodb"));
        assert_eq!(nearest("Cephalon", units), Some("cephalon"));
        assert_eq!(nearest("redis", units), None);
        assert_eq!(nearest("eidolon_field", ["eidolon-field"]), Some("eidolon-field"));
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest(&"x".repeat(1_000), units), None);
    }

    #[test]
    fn a_slip_is_told_from_names_that_are_counted() {
        for (given, wanted) in [
            ("NAM", "NAME"),
            ("TOKNE", "TOKEN"),
            ("DISCROD_TOKEN", "DISCORD_TOKEN"),
            ("token", "TOKEN"),
            ("DATABSE_URL", "DATABASE_URL"),
        ] {
            assert!(is_slip(given.as_bytes(), wanted.as_bytes()), "{given} {wanted}");
        }
        for (given, wanted) in [
            ("TOKEN_A", "TOKEN_B"),
            ("TOKEN", "TOKEN2"),
            ("HOST1", "HOST2"),
            ("DB_HOST", "DB_PORT"),
            ("TOKEN", "TOKEN"),
            ("A", "B"),
        ] {
            assert!(!is_slip(given.as_bytes(), wanted.as_bytes()), "{given} {wanted}");
        }
    }

    #[test]
    fn letters_are_added_removed_replaced_and_swapped() {
        for (one, other, edits) in [
            ("mongdb", "mongodb", 1),
            ("mongoodb", "mongodb", 1),
            ("mangodb", "mongodb", 1),
            ("duck", "dukc", 1),
            ("voice", "vioces", 2),
            ("eidolon_field", "Eidolon-Field", 0),
            ("x", "", 1),
        ] {
            assert_eq!(distance(one.as_bytes(), other.as_bytes()), edits, "{one} {other}");
        }
    }
}
