//! "Did you mean": the nearest of some known words.

use strsim::damerau_levenshtein;

/// The candidate that a misspelled word most probably means, if any is near enough.
///
/// Case and the choice between `-` and `_` count for nothing; otherwise a third of the word may be
/// wrong, and at least one letter.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = normal(word);
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (damerau_levenshtein(&word, &normal(candidate)), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn normal(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_word_is_offered_and_a_far_one_is_not() {
        let units = ["mongodb", "chromadb", "cephalon"];
        assert_eq!(nearest("mongdb", units), Some("mongodb"));
        assert_eq!(nearest("Cephalon", units), Some("cephalon"));
        assert_eq!(nearest("redis", units), None);
        assert_eq!(nearest("eidolon_field", ["eidolon-field"]), Some("eidolon-field"));
        assert_eq!(nearest("x", ["y"]), None);
    }
}
