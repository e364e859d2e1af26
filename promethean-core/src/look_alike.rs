//! Letters of other alphabets that look like Latin ones: `а` of Cyrillic, `ο` of Greek, `ａ` of
//! full width. Who types them by accident does not see what is wrong.

/// A word in which a letter looks like another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    /// The letter.
    pub letter: char,
    /// The alphabet it is from.
    pub script: &'static str,
    /// The word with Latin letters only.
    pub meant: String,
}

/// The Latin letter that each of these looks like: of Cyrillic and of Greek.
const LETTERS: [(&str, &str); 2] = [
    ("аАеЕоОрРсСхХуУкКМНВТіІјЈѕЅԁɡһЬԛԝвгмнт", "aAeEoOpPcCxXyYkKMHBTiIjJsSdghbqwBrMHT"),
    ("οΟαΑΒΕΖΗΙιΚκΜΝνΡρΤτΥυΧχωγ", "oOaABEZHIiKkMNvPpTtYuXxwy"),
];

/// The Latin letter that a letter looks like.
#[must_use]
pub fn latin(letter: char) -> Option<char> {
    let full_width = u32::from(letter).checked_sub(0xFEE0).and_then(char::from_u32);
    if ('\u{FF01}'..='\u{FF5E}').contains(&letter) {
        return full_width;
    }
    LETTERS.iter().find_map(|(letters, latin)| {
        letters.chars().zip(latin.chars()).find(|(one, _)| *one == letter).map(|(_, other)| other)
    })
}

/// The alphabet of a letter that looks like a Latin one.
fn script(letter: char) -> &'static str {
    match letter {
        '\u{0370}'..='\u{03FF}' => "Greek",
        '\u{FF01}'..='\u{FF5E}' => "full-width",
        'ɡ' => "phonetic",
        _ => "Cyrillic",
    }
}

/// What is wrong with a word that has letters of two alphabets which look alike, or that consists
/// of such letters and is a word of the language when they are Latin ones. A word of another language
/// is none of them.
#[must_use]
pub fn find(word: &str, is_known: impl Fn(&str) -> bool) -> Option<LookAlike> {
    if word.is_ascii() {
        return None;
    }
    let (first, _) =
        word.chars().map(|letter| (letter, latin(letter))).find(|(_, latin)| latin.is_some())?;
    let meant: String = word.chars().map(|letter| latin(letter).unwrap_or(letter)).collect();
    let mixed = word.chars().any(|letter| letter.is_ascii_alphabetic());
    let alone = meant.is_ascii() && is_known(&meant);
    (meant.is_ascii() && (mixed || alone || script(first) == "full-width")).then(|| LookAlike {
        letter: first,
        script: script(first),
        meant,
    })
}

#[cfg(test)]
mod tests {
    use super::{LETTERS, find};

    #[test]
    fn a_letter_of_another_alphabet_is_found_and_words_of_other_languages_are_not() {
        let meant = |word: &str| find(word, |known| known == "nope").map(|found| found.meant);
        assert_eq!(meant("аgent").as_deref(), Some("agent"));
        assert_eq!(meant("nοde").as_deref(), Some("node"));
        assert_eq!(meant("ｎｏｄｅ").as_deref(), Some("node"));
        for word in ["agent", "агент", "сервис", "ünï", "café", "βήτα"] {
            assert_eq!(meant(word), None, "{word}");
        }
        assert_eq!(
            find("соре", |known| known == "cope").map(|found| found.meant).as_deref(),
            Some("cope")
        );
    }

    #[test]
    fn each_letter_has_its_counterpart() {
        for (letters, latin) in LETTERS {
            assert_eq!(letters.chars().count(), latin.chars().count(), "{letters}");
        }
    }
}
