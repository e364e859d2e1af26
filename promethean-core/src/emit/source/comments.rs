//! Comments on the parts of a declaration.

use std::collections::BTreeMap;

use crate::mark::Mark;

/// Lines of comment, each without its slashes, and what they are about.
///
/// What is about a unit, a template or an `override` is found by the mark of its name, what is about
/// an attribute or a variable by the mark of its key. Marks must differ: [`Mark::NOWHERE`] has no
/// comments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    top: Vec<String>,
    bottom: Vec<String>,
    above: BTreeMap<Mark, Vec<String>>,
    inside: BTreeMap<Mark, Vec<String>>,
}

impl Comments {
    /// Adds lines that stand before everything else.
    pub fn add_top(&mut self, lines: impl IntoIterator<Item = String>) {
        self.top.extend(lines);
    }

    /// Adds lines that stand behind everything else.
    pub fn add_bottom(&mut self, lines: impl IntoIterator<Item = String>) {
        self.bottom.extend(lines);
    }

    /// Adds a line above the statement that has this mark.
    pub fn add_above(&mut self, mark: Mark, line: impl Into<String>) {
        add(&mut self.above, mark, line.into());
    }

    /// Adds a line at the top of the block whose name has this mark.
    pub fn add_inside(&mut self, mark: Mark, line: impl Into<String>) {
        add(&mut self.inside, mark, line.into());
    }

    pub(super) fn top(&self) -> &[String] {
        &self.top
    }

    pub(super) fn bottom(&self) -> &[String] {
        &self.bottom
    }

    pub(super) fn above(&self, mark: Mark) -> &[String] {
        self.above.get(&mark).map_or(&[], Vec::as_slice)
    }

    pub(super) fn inside(&self, mark: Mark) -> &[String] {
        self.inside.get(&mark).map_or(&[], Vec::as_slice)
    }
}

/// Adds a line that is not there yet.
fn add(lines: &mut BTreeMap<Mark, Vec<String>>, mark: Mark, line: String) {
    if mark == Mark::NOWHERE {
        return;
    }
    let lines = lines.entry(mark).or_default();
    if !lines.contains(&line) {
        lines.push(line);
    }
}
