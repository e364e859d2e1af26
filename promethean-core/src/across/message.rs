//! What the checks over several ecosystems say: the same words as those of [`crate::problem`], put
//! together in constants.

use super::bytes::{HASH_OF_NOTHING, Table, hash};

/// A text of a limited length.
#[derive(Clone, Copy)]
pub(super) struct Message {
    bytes: [u8; Message::LONGEST],
    length: usize,
}

impl Message {
    const LONGEST: usize = 2_048;

    pub(super) const fn new() -> Message {
        Message { bytes: [0; Message::LONGEST], length: 0 }
    }

    /// Adds a text; what does not fit is left out.
    pub(super) const fn text(mut self, text: &str) -> Message {
        self.add(text.as_bytes());
        self
    }

    /// Adds a name between backticks.
    pub(super) const fn name(mut self, name: &[u8]) -> Message {
        self.add(b"`");
        self.add(name);
        self.add(b"`");
        self
    }

    /// Adds a name as it is.
    pub(super) const fn raw(mut self, name: &[u8]) -> Message {
        self.add(name);
        self
    }

    /// Adds a number.
    pub(super) const fn number(mut self, number: usize) -> Message {
        let mut place = 1;
        while number / place >= 10 {
            place *= 10;
        }
        while place > 0 {
            self.add(&[b'0' + (number / place % 10) as u8]);
            place /= 10;
        }
        self
    }

    /// Adds the nearest of some names, or all of them.
    pub(super) const fn known(self, wanted: &[u8], known: &Known) -> Message {
        match known.nearest(wanted) {
            Some(nearest) => self.text("\n  help: did you mean ").name(nearest).text("?"),
            None if known.length == 0 => self.text("\n  help: it has none"),
            None => known.names(self.text("\n  help: it has ")),
        }
    }

    const fn add(&mut self, bytes: &[u8]) {
        let mut index = 0;
        while index < bytes.len() && self.length < Message::LONGEST {
            self.bytes[self.length] = bytes[index];
            self.length += 1;
            index += 1;
        }
    }

    /// Stops the build with the message.
    #[track_caller]
    pub(super) const fn fail(&self) -> ! {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => panic!("{}", text),
            // Cut within a character.
            Err(cut) => match core::str::from_utf8(self.bytes.split_at(cut.valid_up_to()).0) {
                Ok(text) => panic!("{}", text),
                Err(_) => panic!(),
            },
        }
    }
}

/// The names that there are; the first of them, where they are many.
pub(super) struct Known {
    names: [&'static [u8]; Known::MOST],
    length: usize,
    seen: Table<1_024>,
}

impl Known {
    const MOST: usize = 512;
    const SHOWN: usize = 8;

    pub(super) const fn new() -> Known {
        Known { names: [b""; Known::MOST], length: 0, seen: Table::new() }
    }

    /// Adds a name; says whether it is a new one.
    pub(super) const fn add(&mut self, name: &'static [u8]) -> bool {
        if self.length == Known::MOST
            || self.seen.get_or_put(hash(name, HASH_OF_NOTHING), 0).is_some()
        {
            return false;
        }
        self.names[self.length] = name;
        self.length += 1;
        true
    }

    pub(super) const fn first(&self) -> Option<&'static [u8]> {
        if self.length > 0 { Some(self.names[0]) } else { None }
    }

    const fn names(&self, message: Message) -> Message {
        let (mut message, mut index) = (message, 0);
        while index < self.length && index < Known::SHOWN {
            if index > 0 {
                message = message.text(if index + 1 == self.length { " and " } else { ", " });
            }
            message = message.name(self.names[index]);
            index += 1;
        }
        match self.length > Known::SHOWN {
            true => message.text(" and others"),
            false => message,
        }
    }

    /// The name that is meant most probably; near enough is what [`crate::suggest`] takes for it.
    const fn nearest(&self, wanted: &[u8]) -> Option<&'static [u8]> {
        let mut least = if wanted.len() < 6 { 1 } else { wanted.len() / 3 };
        let (mut nearest, mut index) = (None, 0);
        while index < self.length {
            let name = self.names[index];
            let distance = distance(wanted, name);
            if distance < name.len() && (distance < least || distance == least && nearest.is_none())
            {
                least = distance;
                nearest = Some(name);
            }
            index += 1;
        }
        nearest
    }
}

/// How many bytes have to be added, removed, replaced or swapped with the next one.
const fn distance(one: &[u8], other: &[u8]) -> usize {
    const LONGEST: usize = 48;
    if one.len() >= LONGEST || other.len() >= LONGEST {
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

const fn smaller(one: usize, other: usize) -> usize {
    if one < other { one } else { other }
}

/// Case and the choice between `-` and `_` count for nothing.
const fn lower(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_other_suggestions() {
        for (one, other) in
            [("mongdb", "mongodb"), ("duck", "dukc"), ("a", "b"), ("voice", "vioces"), ("x", "")]
        {
            assert_eq!(
                distance(one.as_bytes(), other.as_bytes()),
                strsim::damerau_levenshtein(one, other).max(strsim::osa_distance(one, other)),
                "{one} {other}"
            );
        }
        assert_eq!(distance(b"eidolon_field", b"Eidolon-Field"), 0);
    }
}
