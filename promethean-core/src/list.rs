//! Several names in a sentence.

/// The first names of several, and how many there are besides: `a`, `a and b`, `a, b and 12 more`.
///
/// One name is never left out alone: its own place is taken by as much text.
#[must_use]
pub fn some_of(names: &[impl AsRef<str>], most: usize) -> String {
    let shown = if names.len() == most + 1 { names.len() } else { most };
    and_more(names.iter().take(shown), names.len())
}

/// These names, which are the first of `count`: `a, b and 12 more`.
pub(crate) fn and_more(names: impl Iterator<Item = impl AsRef<str>>, count: usize) -> String {
    let (mut text, mut shown) = (String::new(), 0);
    for name in names {
        if shown > 0 {
            text.push_str(if shown + 1 == count { " and " } else { ", " });
        }
        text.push_str(name.as_ref());
        shown += 1;
    }
    match count.saturating_sub(shown) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_far_as_there_is_room() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let said = |count: usize| some_of(names.get(..count).unwrap(), 2);
        assert_eq!(said(0), "");
        assert_eq!(said(1), "a");
        assert_eq!(said(2), "a and b");
        assert_eq!(said(3), "a, b and c");
        assert_eq!(said(4), "a, b and 2 more");
        assert_eq!(said(6), "a, b and 4 more");
        assert_eq!(and_more(["a", "b"].iter(), 14), "a, b and 12 more");
    }
}
