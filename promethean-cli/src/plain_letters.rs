//! Names in ASCII for what people call otherwise: `Ünï` → `Uni`.

/// The letters of Latin alphabets that have another one, or two, in ASCII; the small ones.
const LETTERS: &[(&str, &str)] = &[
    ("àáâãäåāăą", "a"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęě", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįı", "i"),
    ("ĵ", "j"),
    ("ķ", "k"),
    ("ĺļľŀł", "l"),
    ("ñńņňŋ", "n"),
    ("òóôõöøōŏő", "o"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ţťŧț", "t"),
    ("ùúûüũūŭůűų", "u"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("þ", "th"),
];

/// A text whose letters are all of ASCII; `None` where one of them has no counterpart there. What is no letter stays.
pub(crate) fn plain_letters(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        // The marks of letters that are written in two, as macOS does in names of files.
        if is_mark(letter) {
            continue;
        }
        if letter.is_ascii() || !letter.is_alphanumeric() {
            plain.push(letter);
            continue;
        }
        let small: String = letter.to_lowercase().filter(|part| !is_mark(*part)).collect();
        let row = LETTERS.iter().find(|(letters, _)| letters.contains(small.as_str()));
        let (_, written) = row.filter(|_| !small.is_empty())?;
        match letter.is_uppercase() {
            true => {
                let mut written = written.chars();
                plain.extend(written.next().map(|first| first.to_ascii_uppercase()));
                plain.extend(written);
            }
            false => plain.push_str(written),
        }
    }
    Some(plain)
}

fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::plain_letters;

    #[test]
    fn letters_of_latin_alphabets_have_one_in_ascii() {
        for (text, plain) in [
            ("Ünï", Some("Uni")),
            ("größe", Some("grosse")),
            ("Ærø Łódź", Some("Aero Lodz")),
            ("cafe\u{301}", Some("cafe")),
            ("my system!", Some("my system!")),
            ("日本", None),
            ("Привет", None),
        ] {
            assert_eq!(plain_letters(text).as_deref(), plain, "{text}");
        }
    }
}
