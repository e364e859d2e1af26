//! References to endpoints: `proxx`, `duck.voice:metrics`, `infra::INFRA.broker`.

/// The endpoint that a reference names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    /// The path of another ecosystem; `None` for this one.
    pub ecosystem: Option<&'a str>,
    /// The agent that the unit is a service of, where it is written.
    pub agent: Option<&'a str>,
    /// The unit; `None` for the one that the reference is written in.
    pub unit: Option<&'a str>,
    /// The name of the endpoint; `None` for the one without a name, or the only one.
    pub endpoint: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Reads a reference as it is written in a text; nothing is the only endpoint of the service
    /// itself. `None` for what is no reference.
    #[must_use]
    pub fn read(written: &'a str) -> Option<Target<'a>> {
        if written.contains(char::is_whitespace) {
            return None;
        }
        let (unit, endpoint) = match single_colon(written) {
            Some(at) => (written.get(..at)?, Some(written.get(at + 1..)?)),
            None => (written, None),
        };
        if endpoint == Some("") {
            return None;
        }
        let (ecosystem, unit) = match path_end(unit) {
            Some(0) | None => (None, unit),
            Some(end) => (Some(unit.get(..end)?), unit.get(end..)?.strip_prefix('.')?),
        };
        let mut parts = unit.split('.');
        let target = match (parts.next(), parts.next(), parts.next()) {
            (Some(""), None, _) if ecosystem.is_none() => Target { endpoint, ..Target::default() },
            (Some(unit), None, _) => Target { ecosystem, agent: None, unit: Some(unit), endpoint },
            (Some(agent), Some(unit), None) => {
                Target { ecosystem, agent: Some(agent), unit: Some(unit), endpoint }
            }
            _ => return None,
        };
        let is_name = |name: Option<&str>| name != Some("");
        (is_name(target.agent) && is_name(target.unit) || target.unit.is_none()).then_some(target)
    }

    /// The unit as it is written: the agent, if it is written, and the service.
    #[must_use]
    pub fn units(&self) -> Vec<&'a str> {
        self.agent.into_iter().chain(self.unit).collect()
    }

    /// The unit as it is written, with the path of its ecosystem.
    #[must_use]
    pub fn unit_text(&self) -> String {
        let parts: Vec<&str> = self.ecosystem.into_iter().chain(self.units()).collect();
        parts.join(".")
    }
}

/// The last colon that has none beside it.
fn single_colon(written: &str) -> Option<usize> {
    let bytes = written.as_bytes();
    let is_colon = |index: usize| bytes.get(index) == Some(&b':');
    let alone = |index: &usize| {
        let before = index.checked_sub(1).is_some_and(is_colon);
        is_colon(*index) && !before && !is_colon(*index + 1)
    };
    (0..bytes.len()).rev().find(alone)
}

/// Where the path of an ecosystem ends: it has `::` in it, or begins with a capital.
fn path_end(unit: &str) -> Option<usize> {
    let from = match unit.rfind("::") {
        Some(colons) => colons,
        None if unit.starts_with(char::is_uppercase) => 0,
        None => return None,
    };
    let rest = unit.get(from..)?;
    Some(from + rest.find('.').unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_taken_apart() {
        let parts = |written| {
            let Target { ecosystem, agent, unit, endpoint } = Target::read(written)?;
            Some([ecosystem, agent, unit, endpoint].map(Option::unwrap_or_default))
        };
        for (written, read) in [
            ("", ["", "", "", ""]),
            (":metrics", ["", "", "", "metrics"]),
            ("proxx", ["", "", "proxx", ""]),
            ("duck.voice:metrics", ["", "duck", "voice", "metrics"]),
            ("infra::INFRA.broker", ["infra::INFRA", "", "broker", ""]),
            ("::a::B.duck.voice:x", ["::a::B", "duck", "voice", "x"]),
            ("INFRA.broker:x", ["INFRA", "", "broker", "x"]),
        ] {
            assert_eq!(parts(written), Some(read), "{written}");
        }
        for written in ["a b", "web:", "INFRA", "a::B", "a.b.c", "a..b", ".a", "a.", "a::B.", "B."]
        {
            assert_eq!(parts(written), None, "{written}");
        }
    }
}
