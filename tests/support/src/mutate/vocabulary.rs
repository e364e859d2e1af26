//! The words, signs and literals that mistakes are made of.

use std::sync::LazyLock;

use promethean_core::attribute::{ATTRIBUTES, Attribute, DERIVED, STATEMENTS};
use promethean_core::declaration::{Condition, Kind, ProbeKind};
use promethean_core::problem::RULES;

/// What stands in no table.
const OTHERS: &[&str] = &[
    // Items and what stands in them.
    "name",
    "root",
    "paths",
    "unchecked",
    "use",
    "include",
    "defaults",
    "secrets",
    "env",
    "template",
    "agent",
    "external",
    "without",
    "override",
    "hint",
    "ready",
    "timeout",
    "interval",
    "secret",
    "inherit",
    "or",
    "profile",
    "allow",
    "only_profile",
    "unset",
    // Names.
    "duck",
    "owl",
    "web",
    "api",
    "cephalon",
    "base",
    "BASE",
    "infra",
    "Self",
    "crate",
    "super",
    "_",
    "r#type",
    "r#unset",
    "TOKEN",
    "PORT",
    "production",
    "ünï",
    "__proto__",
    "all",
    // Words as values.
    "true",
    "false",
    "fork",
    "cluster",
    "max",
    "npm",
    "venv",
    "secre",
    "inherits",
    // Signs.
    ";",
    ";",
    ",",
    ":",
    "::",
    ".",
    "..",
    "...",
    "=",
    "==",
    "-",
    "->",
    "--",
    "<",
    ">",
    "/",
    "#",
    "#!",
    "!",
    "@",
    "$",
    "&",
    "|",
    "%",
    "*",
    "+",
    "?",
    "~",
    "^",
    "\n",
    "'a",
    // Numbers.
    "0",
    "1",
    "2",
    "-1",
    "42",
    "007",
    "65536",
    "300_000",
    "0x1f",
    "0o17",
    "0b11",
    "1e5",
    "1e400",
    "1.5",
    "1.",
    "0.1",
    "0.30000000000000004",
    "1.0e-7",
    "123456789.123456789",
    "1.5h",
    "10s",
    "10",
    "500ms",
    "5m",
    "2h",
    "0s",
    "1d",
    "10sec",
    "512K",
    "300M",
    "1G",
    "300MB",
    "1u8",
    "1f32",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999999",
    "99999999999999999h",
    "18446744073709551615ms",
    "17179869184G",
    "1__0_",
    // Texts.
    "\"\"",
    "\" \"",
    "\".\"",
    "\"..\"",
    "\"./program\"",
    "\"services/api\"",
    "\"/\"",
    "\"main\"",
    "\"127.0.0.1:8000\"",
    "\"[::1]:80\"",
    "\"http://localhost:1/x\"",
    "\"a{2,1}\"",
    "\"(\"",
    "\"{name}\"",
    "\"{agent}\"",
    "\"{root}/x\"",
    "\"{dir}\"",
    "\"{secret TOKEN}\"",
    "\"{\"",
    "\"}\"",
    "\"{{}}\"",
    "\"{unknown}\"",
    "\"nul\\0\"",
    "\"line\\nend\"",
    "\"ünïcödé 🦆\"",
    "\"0 4 * * *\"",
    "\"0 0 30 2 *\"",
    "\"* * * * * * *\"",
    "\"12:00\"",
    "\"src/*\"",
    "\"src/[a\"",
    "r\"raw\"",
    "r#\"raw \"# ",
    "\"suffix\"x",
    "b\"bytes\"",
    "c\"text\"",
    "'x'",
    "b'x'",
    // Rust expressions.
    "(1 + 1)",
    "(ports::WEB)",
    "()",
    "(\"x\")",
    "[doc = \" text\"]",
    "#[doc = \" text\"]",
    "#[cfg(unix)]",
    "/// doc\n",
];

/// All of them.
pub(super) fn words() -> &'static [String] {
    static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let attributes = ATTRIBUTES.iter().flat_map(Attribute::names);
        let statements = STATEMENTS.iter().chain(DERIVED).map(|(word, _)| *word);
        let kinds = Kind::ALL.into_iter().map(|(word, _)| word);
        let runners = Kind::ALL.into_iter().flat_map(|(_, kind)| kind.runners().iter().copied());
        let conditions = Condition::ALL.into_iter().map(|(word, _)| word);
        let probes = ProbeKind::ALL.into_iter().map(|(word, _)| word);
        let rules = RULES.iter().filter(|rule| rule.is_lint).map(|rule| rule.name);
        attributes
            .chain(statements)
            .chain(kinds)
            .chain(runners)
            .chain(conditions)
            .chain(probes)
            .chain(rules)
            .chain(OTHERS.iter().copied())
            .map(str::to_owned)
            .collect()
    });
    &WORDS
}
