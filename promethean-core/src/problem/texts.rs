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

    /// Whether a message is this text with its gaps filled.
    fn fits(self, message: &str) -> bool {
        let (mut text, mut message) = (self.0, message);
        while let Some((start, end)) = gap(text.as_bytes(), 0) {
            let Some(rest) = message.strip_prefix(text.get(..start).unwrap_or_default()) else {
                return false;
            };
            text = text.get(end..).unwrap_or_default();
            let next = gap(text.as_bytes(), 0).map_or(text.len(), |(start, _)| start);
            let literal = text.get(..next).unwrap_or_default();
            let Some(at) = rest.find(literal) else { return false };
            message = rest.get(at..).unwrap_or_default();
        }
        message.starts_with(text)
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
pub(crate) const AN_ENV_SET: &str = "an env set";
pub(crate) const SERVICE_OF_TEMPLATE: &str = "service of the template";
pub(crate) const SERVICE_OF_AGENT: &str = "service of this agent";
pub(crate) const NO_TEMPLATE: &str = "this agent has no template to leave something out of";

pub(crate) const TEMPLATE_CYCLE: Text = Text("template is made from itself: {path}");
pub(crate) const TEMPLATE_CYCLE_HELP: &str = "remove one of the names after the `:`";
pub(crate) const TEMPLATE_OF_SERVICES: Text =
    Text("`{template}` is a template of services: it is for agents");
pub(crate) const TEMPLATE_OF_SERVICES_HELP: Text = Text(
    "write `agent NAME: {template};` for its services, or move the attributes that `{service}` needs \
     into a template without services",
);

pub(crate) const UNKNOWN_TARGET: Text =
    Text("unknown unit `{target}`: {place} has no such service, agent or external");
pub(crate) const UNKNOWN_ENDPOINT: Text = Text("`{unit}` has no endpoint `{name}`");
pub(crate) const NO_ENDPOINT: Text = Text("`{unit}` has no endpoint");
pub(crate) const NO_ENDPOINT_HELP: Text = Text("write `listen http 8000;` in `{unit}`");
pub(crate) const AMBIGUOUS_ENDPOINT: Text = Text("`{unit}` has several endpoints");
pub(crate) const WRITE_ONE: Text = Text("write one of {names}");
pub(crate) const URL_WITHOUT_SCHEME: Text =
    Text("the endpoint of `{unit}` has no scheme, so it has no URL");
pub(crate) const URL_WITHOUT_SCHEME_HELP: Text = Text(
    "write its scheme, as in `listen {name}http {port};`, or `address {unit}` for `host:port`",
);

pub(crate) const SEVERAL_MACHINES: Text =
    Text("`{unit}` can run on several machines, so it has no single address");
pub(crate) const SEVERAL_MACHINES_HELP: Text =
    Text("write `on {machine};` in `{unit}`, with the name of one machine");
pub(crate) const OTHER_MACHINE: Text =
    Text("`{unit}` listens only for its own machine, `{machine}`, and this can run on `{other}`");
pub(crate) const OTHER_MACHINE_HELP: Text =
    Text("write `\"0.0.0.0:{port}\"` where it listens, or choose one machine for both with `on`");
/// What `on` names.
pub(crate) const MACHINE: &str = "machine or trait";
pub(crate) const NO_MACHINE: &str = "declare one: `machine NAME \"HOST\" { has TRAIT; }`; those of another file come with \
     `use path::TO_IT;`";

pub(crate) const AMBIGUOUS_NAME: Text =
    Text("ambiguous {what} `{name}`: both `{first}` and `{second}` offer it");
pub(crate) const RENAME_ONE: &str = "rename one of the two";

pub(crate) const MISSING_KEY: Text = Text(
    "missing environment variable `{key}`: {owner} requires it, and `{service}` is not given it",
);
/// Of a variable whose name another one is a slip of the pen for.
pub(crate) const MISSPELT_KEY_HELP: Text = Text("`{given}` is given: did you mean `{key}`?");
pub(crate) const MISSING_KEY_HELP: Text = Text(
    "write `env { {key} = \"value\"; }` in the agent or the service, or `env { unset {key}; }` to drop it",
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
pub(crate) const NEVER_RESTARTS: Text =
    Text("`{target}` is an external: nobody sees when it restarts");
pub(crate) const NEVER_RESTARTS_HELP: &str = "leave out `restarts`";
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

/// Of two units of one ecosystem that are of one sort.
pub(crate) const NAME_OF_ANOTHER: Text =
    Text("duplicate name `{name}`: the {second} has the name of another {first}");
/// Of two units of one ecosystem.
pub(crate) const NAME_OF_OTHER: Text =
    Text("duplicate name `{name}`: the {second} has the name of the {first}");
/// Of a service of an agent that its template has, too.
pub(crate) const DUPLICATE_OF_TEMPLATE_HELP: &str = "to change the template's service, write \
     `override NAME { … }` in place of it; for another service, choose another name";
pub(crate) const SIMILAR_NAMES: Text = Text("`{name}` is easily confused with `{other}`");
pub(crate) const SIMILAR_NAMES_HELP: &str = "PM2 writes both into the same files on some systems, and \
     people confuse them: give one of them another name; or allow it: `allow similar-names \"reason\";`";

pub(crate) const DEPENDS_ON_ITSELF: Text = Text("`{unit}` depends on itself");
pub(crate) const DEPENDS_ON_ITSELF_HELP: &str = "remove the dependency";
pub(crate) const WITHOUT_DEPENDENCY: Text =
    Text("`{dependent}` depends on `{service}`, which this agent excludes");
pub(crate) const WITHOUT_DEPENDENCY_HELP: Text =
    Text("exclude `{dependent}` too, or remove the dependency in an `override`");
pub(crate) const NOT_IN_PROFILE: Text =
    Text("`{dependent}` depends on `{target}`, which exists only in {profiles}");
pub(crate) const NOT_IN_PROFILE_HELP: Text = Text(
    "write the dependency in `profile {name} { … }`, or remove `only_profile` from the target",
);
pub(crate) const ONE_PROFILE: Text = Text("the profile {name}");
pub(crate) const SEVERAL_PROFILES: Text = Text("the profiles {names}");

pub(crate) const CLUSTER_WITHOUT_NODE: Text =
    Text("only Node programs run in a cluster, and this runs {runs}");
pub(crate) const CLUSTER_WITHOUT_NODE_HELP: &str =
    "write `exec_mode fork;`, with `instances` for several processes";
pub(crate) const MESSAGES_WITHOUT_NODE: Text =
    Text("`{key}` needs a Node program that PM2 starts itself, and this runs {runs}");
pub(crate) const WAIT_READY_HELP: &str = "write `entry \"dist/index.js\";` in place of npm, or a \
     probe: `ready tcp \"127.0.0.1:8000\";`";
pub(crate) const SHUTDOWN_HELP: &str =
    "write `entry \"dist/index.js\";` in place of npm; without messages PM2 sends SIGINT";
pub(crate) const INSTANCES_SHARE_PORT: Text =
    Text("all instances get the port {port}, and only the first one can bind it");
/// In place of a port that an expression says, or that is derived.
pub(crate) const PORT_OF_SERVICE: &str = "of this service";
pub(crate) const INSTANCES_SHARE_PORT_HELP: &str = "write `increment_var PORT;` to count the port up \
     from instance to instance, or `exec_mode cluster;` for a Node program; or allow it: \
     `allow instances-share-port \"reason\";`";
pub(crate) const TWO_RESTART_DELAYS: &str =
    "`restart_delay` has no effect beside `exp_backoff_restart_delay`";
pub(crate) const TWO_RESTART_DELAYS_HELP: &str =
    "keep one of the two; what a weaker block gives is removed with `unset`";
pub(crate) const NPM_WITHOUT_RUN: &str =
    "missing `run`: `runner npm` does not say which script to run";
pub(crate) const NPM_WITHOUT_RUN_HELP: &str =
    "add `run \"dev\";`, the name of the script in package.json";
pub(crate) const RUN_WITHOUT_NPM: &str = "a node service has `run` only with `runner npm`";
pub(crate) const RUN_WITHOUT_NPM_HELP: &str =
    "write `entry \"dist/index.js\";`, or `runner npm;` beside it";
pub(crate) const SCRIPT_WITHOUT_RUN: &str = "missing `run`: this script does not say what to run";
pub(crate) const SCRIPT_WITHOUT_RUN_HELP: &str = "add `run \"./program\", \"argument\";`";
pub(crate) const NO_EFFECT: Text = Text("`{key}` has no effect beside `{beside}`");
pub(crate) const NO_EFFECT_HELP: Text =
    Text("remove `{key}`, or `{beside}`; what a weaker block gives is removed with `unset`");
pub(crate) const SIMILAR_PROFILES: Text =
    Text("the profile `{name}` is written only here, and resembles `{other}`");
pub(crate) const SIMILAR_PROFILES_HELP: Text =
    Text("did you mean `{other}`? Else write `allow similar-profiles \"reason\";`");
pub(crate) const AGENT_OUTSIDE: &str = "`{agent}` has no meaning in a service that is in no agent";
pub(crate) const AGENT_OUTSIDE_HELP: &str = "write the name itself, or `{name}` for the service's";

/// The rules that constants check, by their texts.
const BY_TEXT: [(Text, &str); 48] = [
    (UNKNOWN_UNIT, "unknown-unit"),
    (UNKNOWN_TARGET, "unknown-target"),
    (UNKNOWN_ENDPOINT, "unknown-endpoint"),
    (NO_ENDPOINT, "unknown-endpoint"),
    (AMBIGUOUS_ENDPOINT, "ambiguous-endpoint"),
    (URL_WITHOUT_SCHEME, "url-without-scheme"),
    (SEVERAL_MACHINES, "several-machines"),
    (OTHER_MACHINE, "other-machine"),
    (Text("unknown runner of a {kind} service: `{found}`"), "unknown-choice"),
    (UNKNOWN_NAME, "unknown-name"),
    (AMBIGUOUS_NAME, "ambiguous-name"),
    (MISSING_KEY, "missing-key"),
    (INCLUDE_CYCLE, "include-cycle"),
    (DEPENDENCY_CYCLE, "dependency-cycle"),
    (NOTHING_TO_BE_READY, "nothing-to-be-ready"),
    (NEVER_COMPLETES, "never-completes"),
    (NEVER_RESTARTS, "never-restarts"),
    (DECLARED_TWICE, "duplicate-unit"),
    (NAME_OF_OTHER, "duplicate-unit"),
    (NAME_OF_ANOTHER, "duplicate-unit"),
    (TEMPLATE_CYCLE, "template-cycle"),
    (TEMPLATE_OF_SERVICES, "template-of-services"),
    (SIMILAR_NAMES, "similar-names"),
    (PORT_CONFLICT, "port-conflict"),
    (DEPENDS_ON_ITSELF, "depends-on-itself"),
    (WITHOUT_DEPENDENCY, "without-dependency"),
    (NOT_IN_PROFILE, "not-in-profile"),
    (CLUSTER_WITHOUT_NODE, "cluster-without-node"),
    (MESSAGES_WITHOUT_NODE, "messages-without-node"),
    (INSTANCES_SHARE_PORT, "instances-share-port"),
    (Text(TWO_RESTART_DELAYS), "two-restart-delays"),
    (Text(NPM_WITHOUT_RUN), "node-run"),
    (Text(RUN_WITHOUT_NPM), "node-run"),
    (Text(SCRIPT_WITHOUT_RUN), "script-without-run"),
    (Text(AGENT_OUTSIDE), "agent-placeholder-outside"),
    (NO_EFFECT, "no-effect"),
    (SIMILAR_PROFILES, "similar-profiles"),
    (Text("`{file}` is written in {language}, and this service runs on {kind}"), "wrong-file"),
    (Text("`{file}` is not a program by itself"), "wrong-file"),
    (Text("{written} is one word here, spaces and all"), "command-line"),
    (Text("{written} is an argument of the program here: no shell reads it"), "shell-sign"),
    (Text("{written} is the program here: no shell reads it"), "shell-word"),
    (
        Text(
            "`{written}` leaves a program in the background and ends: it is started again and again",
        ),
        "background",
    ),
    (Text("`{written}` has no effect here: no terminal ends a service"), "background"),
    (Text("nothing sets `{key}`"), "unset-nothing"),
    (Text("this allows nothing"), "unused-allow"),
    (Text("`{attribute}` does not apply to a {kind} service"), "wrong-kind"),
    (Text("module `{module}` not found in {directory}"), "missing-module"),
];

/// The rule that a message of [`crate::const_check`] is of: for tests, which see only what a constant
/// stops the build with.
#[doc(hidden)]
#[must_use]
pub fn rule_of(message: &str) -> Option<&'static str> {
    let found = BY_TEXT.iter().find(|(text, _)| text.fits(message));
    found.map(|(_, rule)| *rule)
}

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
            "write `env { TOKEN = \"value\"; }` in the agent or the service, or `env { unset TOKEN; }` to drop it"
        );
    }
}
