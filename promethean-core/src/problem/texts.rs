//! The texts that two fronts print: the checks of a declaration or a system, and the constants that
//! check several files ([`crate::const_check`]), where nothing can be formatted.

/// A text with gaps, each a name in braces: `duplicate {what}`.
///
/// A brace before anything but a small letter is itself, so that code can be quoted as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) &'static str);

impl Text {
    /// The text with its gaps filled, from left to right.
    pub(crate) fn fill(self, pieces: &[&str]) -> String {
        let mut filled = String::with_capacity(self.0.len() + 32);
        let (mut rest, mut pieces) = (self.0, pieces.iter());
        while let Some((start, end)) = gap(rest.as_bytes(), 0) {
            filled.push_str(rest.get(..start).unwrap_or_default());
            filled.push_str(pieces.next().unwrap_or(&""));
            rest = rest.get(end..).unwrap_or_default();
        }
        filled + rest
    }
}

/// The first gap from an index on: where it begins and where it ends.
pub(crate) const fn gap(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut start = from;
    while start + 1 < text.len() {
        if text[start] == b'{' && text[start + 1].is_ascii_lowercase() {
            let mut end = start;
            while end < text.len() && text[end] != b'}' {
                end += 1;
            }
            return Some((start, end + 1));
        }
        start += 1;
    }
    None
}

pub(crate) const UNKNOWN_UNIT: Text =
    Text("unknown dependency `{target}`: {place} has no such service, agent or external");
pub(crate) const UNKNOWN_NAME: Text = Text("unknown {what} `{name}`");
pub(crate) const THIS_ECOSYSTEM: &str = "this ecosystem";
pub(crate) const DID_YOU_MEAN: Text = Text("did you mean `{name}`?");
/// Of a unit of another ecosystem.
pub(crate) const IT_HAS: Text = Text("it has {names}");
pub(crate) const IT_HAS_NONE: &str = "it has none";
/// Of a unit of this one.
pub(crate) const IT_HAS_OR_ELSEWHERE: Text = Text(
    "it has {names}; a unit of another ecosystem is written with its path: `infra::INFRA.mongodb`",
);
pub(crate) const ELSEWHERE: &str =
    "a unit of another ecosystem is written with its path: `infra::INFRA.mongodb`";
/// Of a template, a set, a service.
pub(crate) const THERE_IS: Text = Text("there is {names}");
pub(crate) const THERE_IS_NONE: Text =
    Text("there is no {what} here; those of another file come with `use path::TO_IT;`");
/// Of a name that an ecosystem has which a used one uses itself.
pub(crate) const USE_IT_TOO: Text = Text(
    "only `{through}` has it from `{path}`, and passes nothing on: write `use {path};` here, too",
);
/// Of a unit that a linked ecosystem has.
pub(crate) const WRITE_LINKED: Text = Text("write `{path}.{unit}`");
/// Of a template or a set that a linked ecosystem has.
pub(crate) const USE_LINKED: Text =
    Text("write `use {path};` at the top: only `use` brings templates and env sets");
pub(crate) const TEMPLATE: &str = "template";
pub(crate) const ENV_SET: &str = "env set";
pub(crate) const SERVICE_OF_TEMPLATE: &str = "service of the template";
pub(crate) const SERVICE_OF_AGENT: &str = "service of this agent";
pub(crate) const NO_TEMPLATE: &str = "this agent has no template to leave something out of";

pub(crate) const AMBIGUOUS_NAME: Text =
    Text("ambiguous {what} `{name}`: both `{first}` and `{second}` offer it");
pub(crate) const RENAME_ONE: &str = "rename one of the two";

pub(crate) const MISSING_KEY: Text = Text(
    "missing environment variable `{key}`: {owner} requires it, and `{service}` is not given it",
);
pub(crate) const MISSING_KEY_HELP: Text = Text(
    "write `env { {key} = \"value\"; }` in the agent or the service, or `unset {key};` to drop it",
);
/// Of a variable that a service requires of itself.
pub(crate) const MISSING_OWN_KEY_HELP: Text = Text(
    "write `{key} = inherit;` to take it from the environment, `{key} = secret;`, or \
     `{key} = \"value\";`",
);
pub(crate) const OWN_ENV: &str = "its own `env`";
pub(crate) const DEFAULTS: &str = "`defaults`";
pub(crate) const THE_SET: Text = Text("the env set `{name}`");
pub(crate) const THE_TEMPLATE: Text = Text("the template `{name}`");
pub(crate) const OF: Text = Text("{owner} of {ecosystem}");

pub(crate) const INCLUDE_CYCLE: Text = Text("include cycle: {path}");
pub(crate) const INCLUDE_CYCLE_HELP: &str = "remove one of the `include`; a service that needs one \
     of another file writes `depends_on path::TO_IT.unit;`";
pub(crate) const DEPENDENCY_CYCLE: Text = Text("dependency cycle: {path}");
pub(crate) const DEPENDENCY_CYCLE_HELP: &str =
    "each waits for the next, and none would ever start: remove one of the dependencies";
pub(crate) const ARROW: &str = " → ";

pub(crate) const NOTHING_TO_BE_READY: Text = Text("`{target}` is never ready: it has no probe");
pub(crate) const NOTHING_TO_BE_READY_HELP: &str =
    "give it a probe, such as `ready tcp \"127.0.0.1:8000\";`, or wait for `(started)`";
pub(crate) const NEVER_COMPLETES: Text = Text("`{target}` never completes{profile}: {reason}");

pub(crate) const IN_PROFILE: Text = Text(" in the profile `{profile}`");

pub(crate) const DECLARED_TWICE: Text =
    Text("duplicate name `{name}`: it is declared in {first} and in {second}");
pub(crate) const DUPLICATE_UNIT_HELP: &str =
    "PM2 would take one for the other: give one of them another name";
pub(crate) const PORT_CONFLICT: Text = Text("{service} and {other} have the same port {port}");
pub(crate) const QUOTED: Text = Text("`{name}`");
pub(crate) const PORT_CONFLICT_HELP: &str = "only one of them can take it: change one, write \
     `only_profile` where they never run together, or `allow port-conflict \"reason\";`";

/// How many names a message lists.
pub(crate) const SHOWN: usize = 8;
/// After the names that are listed.
pub(crate) const AND_MORE: Text = Text(" and {count} more");

#[cfg(test)]
mod tests {
    use super::{MISSING_KEY_HELP, Text};

    #[test]
    fn gaps_are_filled_and_other_braces_stay() {
        assert_eq!(Text("{a}, {b}").fill(&["x", "{b}"]), "x, {b}");
        assert_eq!(Text("none").fill(&[]), "none");
        assert_eq!(
            MISSING_KEY_HELP.fill(&["TOKEN", "TOKEN"]),
            "write `env { TOKEN = \"value\"; }` in the agent or the service, or `unset TOKEN;` to drop it"
        );
    }
}
