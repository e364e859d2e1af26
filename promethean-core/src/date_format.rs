//! The format of `log_date_format`, which is that of day.js, and what other languages write for it.

/// The format that was meant by one of `strftime(3)`, `%Y-%m-%d`, by one of Java, `yyyy-MM-dd`, or by one in which
/// months and minutes are exchanged, `YYYY-mm-DD HH:MM`; `None` for what may be one of day.js.
#[must_use]
pub(crate) fn meant(written: &str) -> Option<String> {
    let has_letter = |sign: &str| {
        let mut behind = written.match_indices(sign).map(|(at, _)| written.get(at + 1..));
        behind.any(|rest| {
            rest.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        })
    };
    if has_letter("%") {
        return Some(of_strftime(written));
    }
    let years = match written.contains("yyyy") {
        true => written.replace('y', "Y").replace('d', "D"),
        false => written.to_owned(),
    };
    let meant = minutes_and_months(&years);
    (meant != written).then_some(meant)
}

/// The words of day.js (<https://day.js.org/docs/en/display/format>), as far as people write them in a log.
const WORDS: [&str; 25] = [
    "A", "D", "DD", "H", "HH", "M", "MM", "MMM", "MMMM", "S", "SSS", "T", "YY", "YYYY", "Z", "ZZ",
    "a", "ddd", "dddd", "h", "hh", "m", "mm", "s", "ss",
];

/// `mm` are minutes to day.js and `MM` is the month: beside hours or seconds, and beside days or years, only one of
/// them is meant.
fn minutes_and_months(written: &str) -> String {
    // In brackets is text.
    if written.contains('[') {
        return written.to_owned();
    }
    let mut pieces: Vec<String> = Vec::new();
    for letter in written.chars() {
        match pieces.last_mut().filter(|piece| piece.ends_with(letter)) {
            Some(piece) => piece.push(letter),
            None => pieces.push(letter.to_string()),
        }
    }
    let is_word = |piece: &&String| piece.starts_with(|letter: char| letter.is_alphabetic());
    let words: Vec<String> = pieces.iter().filter(is_word).cloned().collect();
    // What else there is may be anything.
    if words.iter().any(|word| !WORDS.contains(&word.as_str())) {
        return written.to_owned();
    }
    let beside = |index: Option<usize>, letters: &[char]| {
        index.and_then(|index| words.get(index)).is_some_and(|word| word.starts_with(letters))
    };
    let mut index: usize = 0;
    for piece in &mut pieces {
        if !is_word(&&*piece) {
            continue;
        }
        let (before, after) = (index.checked_sub(1), Some(index + 1));
        index += 1;
        if !matches!(piece.as_str(), "m" | "mm" | "M" | "MM") {
            continue;
        }
        if beside(before, &['H', 'h']) || beside(after, &['s']) {
            *piece = piece.to_lowercase();
        } else if beside(before, &['Y', 'D']) || beside(after, &['Y', 'D']) {
            *piece = piece.to_uppercase();
        }
    }
    pieces.concat()
}

fn of_strftime(written: &str) -> String {
    let (mut meant, mut letters) = (String::new(), written.chars());
    while let Some(letter) = letters.next() {
        if letter != '%' {
            meant.push(letter);
            continue;
        }
        // `%-d` has no zero before it.
        let mut conversion = letters.next();
        let is_short = conversion == Some('-');
        if is_short {
            conversion = letters.next();
        }
        meant.push_str(match (conversion, is_short) {
            (Some('Y' | 'G'), _) => "YYYY",
            (Some('y'), _) => "YY",
            (Some('m'), false) => "MM",
            (Some('m'), true) => "M",
            (Some('d'), false) => "DD",
            (Some('d'), true) | (Some('e'), _) => "D",
            (Some('B'), _) => "MMMM",
            (Some('b' | 'h'), _) => "MMM",
            (Some('A'), _) => "dddd",
            (Some('a'), _) => "ddd",
            (Some('H' | 'k'), false) => "HH",
            (Some('H' | 'k'), true) => "H",
            (Some('I' | 'l'), false) => "hh",
            (Some('I' | 'l'), true) => "h",
            (Some('M'), false) => "mm",
            (Some('M'), true) => "m",
            (Some('S'), false) => "ss",
            (Some('S'), true) => "s",
            (Some('f' | 'L' | 'N'), _) => "SSS",
            (Some('p'), _) => "A",
            (Some('P'), _) => "a",
            (Some('z'), _) => "ZZ",
            (Some('Z'), _) => "Z",
            (Some('F'), _) => "YYYY-MM-DD",
            (Some('D'), _) => "MM/DD/YY",
            (Some('T'), _) => "HH:mm:ss",
            (Some('R'), _) => "HH:mm",
            (Some('c'), _) => "YYYY-MM-DD HH:mm:ss",
            (Some('s'), _) => "X",
            (Some('%'), _) => "%",
            (Some(_) | None, _) => "",
        });
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn formats_of_other_languages_are_known_by_their_signs() {
        for (written, expected) in [
            ("%Y-%m-%d", Some("YYYY-MM-DD")),
            ("%d.%m.%y %T.%f", Some("DD.MM.YY HH:mm:ss.SSS")),
            ("%-d %b %Y, %I:%M %p", Some("D MMM YYYY, hh:mm A")),
            ("yyyy-MM-dd HH:mm:ss", Some("YYYY-MM-DD HH:mm:ss")),
            ("YYYY-MM-DD HH:mm:ss.SSS Z", None),
            ("yyyy-mm-dd HH:MM:ss", Some("YYYY-MM-DD HH:mm:ss")),
            ("YYYY-mm-DD HH:MM:ss", Some("YYYY-MM-DD HH:mm:ss")),
            ("DD.MM. H:M", Some("DD.MM. H:m")),
            ("D MMM YYYY mm:ss", None),
            ("[MM] HH:mm", None),
            ("0-h:MVS-/hR", None),
            ("HH:mm:ss MM/DD", None),
            ("ddd HH:mm", None),
            ("HH:mm %", None),
            ("", None),
        ] {
            assert_eq!(meant(written).as_deref(), expected, "{written}");
        }
    }
}
