//! From bytes to lines.

use std::io;

use memchr::memchr;

/// The longest piece of a line that is kept.
pub(super) const LONGEST: usize = 1 << 20;

/// How much of each side of a cut is searched for what lies across it, in bytes.
pub(super) const ACROSS: usize = 64 << 10;

/// What is written where a line was cut.
const MARK: &str = "…";

/// A line as it is in the file, without its end, or a piece of one that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'b> {
    pub(super) bytes: &'b [u8],
    /// Whether the line began before it.
    pub(super) continues: bool,
    /// What is before it, of a line that began before it.
    pub(super) before: &'b [u8],
    /// Whether the line continues after it.
    pub(super) cut: bool,
    /// How many bytes of the file it takes, its end included.
    pub(super) length: u64,
}

impl Piece<'_> {
    /// That of a line which comes from no place of its own.
    pub(super) const NONE: Piece<'static> =
        Piece { bytes: &[], continues: false, before: &[], cut: false, length: 0 };

    /// Whether it is the whole line.
    pub(super) fn is_whole(&self) -> bool {
        !self.continues && !self.cut
    }

    /// The text around the cut before it, and the place of the cut in it; `None` where none is.
    pub(super) fn around_cut(&self) -> Option<(String, usize)> {
        if self.before.is_empty() {
            return None;
        }
        let after = self.bytes.get(..ACROSS).unwrap_or(self.bytes);
        let before = String::from_utf8_lossy(self.before);
        Some((format!("{before}{}", String::from_utf8_lossy(after)), before.len()))
    }

    /// Its text, with marks where it was cut.
    pub(super) fn marked(&self, text: &str) -> String {
        let before = if self.continues { MARK } else { "" };
        let after = if self.cut { MARK } else { "" };
        format!("{before}{text}{after}")
    }
}

/// Cuts bytes, as they come, into lines.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// Whether a piece of that line has been handed over.
    continues: bool,
    /// The end of that piece.
    before: Vec<u8>,
}

impl Splitter {
    /// One that begins within a line, after these bytes of it.
    pub(super) fn within_line(before: Vec<u8>) -> Splitter {
        Splitter { begun: Vec::new(), continues: true, before }
    }

    /// Takes bytes and hands over each line that ends in them.
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        each: &mut dyn FnMut(Piece<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.extend(line, each)?;
            self.hand_over(1, each)?;
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.extend(bytes, each)
    }

    /// Hands over a last line that has no end.
    pub(super) fn finish(
        &mut self,
        each: &mut dyn FnMut(Piece<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.begun.is_empty() {
            self.continues = false;
            self.before = Vec::new();
            return Ok(());
        }
        self.hand_over(0, each)
    }

    /// Takes more of a line, and hands over what is too much to keep.
    fn extend(
        &mut self,
        mut bytes: &[u8],
        each: &mut dyn FnMut(Piece<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        while self.begun.len() + bytes.len() > LONGEST {
            let (taken, rest) = bytes.split_at(LONGEST.saturating_sub(self.begun.len()));
            self.begun.extend_from_slice(taken);
            bytes = rest;
            let end = character_boundary(&self.begun);
            let after = self.begun.split_off(end);
            let length = length(self.begun.len());
            let Splitter { begun, continues, before } = self;
            each(Piece { bytes: begun, continues: *continues, before, cut: true, length })?;
            self.continues = true;
            self.before = self.begun.split_off(self.begun.len().saturating_sub(ACROSS));
            self.begun = after;
        }
        self.begun.extend_from_slice(bytes);
        Ok(())
    }

    fn hand_over(
        &mut self,
        ending: usize,
        each: &mut dyn FnMut(Piece<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let bytes = self.begun.strip_suffix(b"\r").unwrap_or(&self.begun);
        let length = length(self.begun.len() + ending);
        let Splitter { continues, before, .. } = &*self;
        let outcome = each(Piece { bytes, continues: *continues, before, cut: false, length });
        self.before = Vec::new();
        self.begun.clear();
        // One long line does not hold its memory for ever.
        self.begun.shrink_to(64 << 10);
        self.continues = false;
        outcome
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The last place in some bytes that does not part a character of UTF-8.
fn character_boundary(bytes: &[u8]) -> usize {
    let is_first = |byte: &u8| byte & 0b1100_0000 != 0b1000_0000;
    let from_end = bytes.iter().rev().take(4).position(is_first);
    match from_end {
        Some(after) if after > 0 || bytes.last().is_some_and(|byte| !byte.is_ascii()) => {
            bytes.len() - after - 1
        }
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of all pieces, from bytes that come so many at a time.
    fn split(bytes: &[u8], at_a_time: usize) -> (Vec<String>, u64) {
        let (mut splitter, mut texts, mut total) = (Splitter::default(), Vec::new(), 0);
        let mut take = |piece: Piece<'_>| {
            total += piece.length;
            texts.push(piece.marked(&String::from_utf8_lossy(piece.bytes)));
            Ok(())
        };
        for part in bytes.chunks(at_a_time) {
            splitter.push(part, &mut take).unwrap();
        }
        splitter.finish(&mut take).unwrap();
        (texts, total)
    }

    #[test]
    fn lines_are_the_same_however_their_bytes_come() {
        let bytes = "one\r\n\ntwo ä\r\nun\rended".as_bytes();
        for at_a_time in 1..=bytes.len() {
            let (texts, total) = split(bytes, at_a_time);
            assert_eq!(texts, ["one", "", "two ä", "un\rended"], "{at_a_time} at a time");
            assert_eq!(total, bytes.len() as u64, "{at_a_time} at a time");
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters_and_keeps_no_memory() {
        // The last byte of the longest piece would be the first of an `ä`.
        let line = format!("{}{}end\nnext\n", "x".repeat(LONGEST - 1), "ä".repeat(10));
        for at_a_time in [1 << 10, LONGEST, line.len()] {
            let (texts, total) = split(line.as_bytes(), at_a_time);
            let first = format!("{}…", "x".repeat(LONGEST - 1));
            let second = format!("…{}end", "ä".repeat(10));
            assert!(texts == [first, second, "next".to_owned()], "{at_a_time} at a time");
            assert_eq!(total, line.len() as u64);
        }
        let mut splitter = Splitter::default();
        for _ in 0..50 {
            splitter.push(&vec![b'x'; LONGEST], &mut |_| Ok(())).unwrap();
            assert!(splitter.begun.capacity() <= 4 * LONGEST);
        }
        splitter.push(b"\n", &mut |_| Ok(())).unwrap();
        assert!(splitter.begun.capacity() <= 64 << 10);
    }

    #[test]
    fn bytes_that_are_no_text_are_cut_all_the_same() {
        let (texts, total) = split(&vec![0x80; LONGEST + 10], LONGEST + 10);
        assert_eq!((texts.len(), total), (2, LONGEST as u64 + 10));
    }
}
