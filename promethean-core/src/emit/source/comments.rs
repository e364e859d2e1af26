//! Comments on the parts of a declaration.

use std::collections::BTreeMap;

use crate::span_id::SpanId;

/// Lines of comment, each without its slashes, and what they are about.
///
/// What is about a unit, a template or an `override` is found by the span id of its name, what is about
/// an attribute or a variable by the span id of its key. Span ids must differ: [`SpanId::NOWHERE`] has no
/// comments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    top: Vec<String>,
    bottom: Vec<String>,
    above: BTreeMap<SpanId, Vec<String>>,
    inside: BTreeMap<SpanId, Vec<String>>,
}

impl Comments {
    /// Adds lines before everything else.
    pub fn add_top(&mut self, lines: impl IntoIterator<Item = String>) {
        self.top.extend(lines);
    }

    /// Adds lines after everything else.
    pub fn add_bottom(&mut self, lines: impl IntoIterator<Item = String>) {
        self.bottom.extend(lines);
    }

    /// Adds a line above the statement that has this span id.
    pub fn add_above(&mut self, span_id: SpanId, line: impl Into<String>) {
        add(&mut self.above, span_id, line.into());
    }

    /// Adds a line at the top of the block whose name has this span id.
    pub fn add_inside(&mut self, span_id: SpanId, line: impl Into<String>) {
        add(&mut self.inside, span_id, line.into());
    }

    pub(super) fn top(&self) -> &[String] {
        &self.top
    }

    pub(super) fn bottom(&self) -> &[String] {
        &self.bottom
    }

    pub(super) fn above(&self, span_id: SpanId) -> &[String] {
        self.above.get(&span_id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn inside(&self, span_id: SpanId) -> &[String] {
        self.inside.get(&span_id).map_or(&[], Vec::as_slice)
    }
}

/// Adds a line that is not there yet.
fn add(lines: &mut BTreeMap<SpanId, Vec<String>>, span_id: SpanId, line: String) {
    if span_id == SpanId::NOWHERE {
        return;
    }
    let lines = lines.entry(span_id).or_default();
    if !lines.contains(&line) {
        lines.push(line);
    }
}
