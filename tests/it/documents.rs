//! The documents that are generated from the code are up to date.

use std::fmt::Write as _;

use promethean::attribute::{ATTRIBUTES, Attribute, DERIVED, Owner, STATEMENTS};
use promethean::declaration::Kind;
use promethean::other_tools::{Place, WORDS};
use promethean_test_support::files::committed;

#[test]
fn the_reference_of_attributes_is_up_to_date() {
    committed("docs/attributes.md", &attributes().expect("a string takes all"));
}

fn attributes() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "# All attributes\n\n\
         The attributes of a service, an `override`, an agent, a template, `defaults` or a \
         `profile`. Every attribute can also be written in camelCase. The documentation of \
         `ecosystem!` describes how layers combine, and GRAMMAR.md the syntax.\n\n\
         This page is written by `UPDATE=1 cargo test --test it documents`.\n",
    );
    let of_language = |attribute: &&Attribute| matches!(attribute.owner, Owner::Language);
    page.push_str("\n## The language's own\n\n| attribute | takes | of | meaning |\n| --- | --- | --- | --- |\n");
    for attribute in ATTRIBUTES.iter().filter(of_language) {
        let Attribute { name, meaning, .. } = attribute;
        writeln!(page, "| `{name}` | {} | {} | {meaning} |", attribute.takes(), kinds(attribute))?;
    }
    page.push_str("\n## PM2's\n\n| attribute | also | takes | of | PM2's default | meaning |\n| --- | --- | --- | --- | --- | --- |\n");
    for attribute in ATTRIBUTES {
        let (Owner::Pm2 { default }, Attribute { name, meaning, aliases, .. }) =
            (attribute.owner, attribute)
        else {
            continue;
        };
        let aliases: Vec<String> = aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let (aliases, takes, kinds) = (aliases.join(", "), attribute.takes(), kinds(attribute));
        writeln!(page, "| `{name}` | {aliases} | {takes} | {kinds} | {default} | {meaning} |")?;
    }
    page.push_str("\n## Statements beside them\n\n| statement | meaning |\n| --- | --- |\n");
    for (name, meaning) in STATEMENTS {
        writeln!(page, "| `{name}` | {meaning} |")?;
    }
    page.push_str("\n## What the language derives\n\n| PM2's name | instead |\n| --- | --- |\n");
    for (name, instead) in DERIVED {
        writeln!(page, "| `{name}` | {instead} |")?;
    }
    page.push_str("\n## Words of other tools\n\nThe compiler offers the right name for what is a few letters away from it, and knows these words, whatever their case and their `_` and `-`:\n\n| written | of | as | here |\n| --- | --- | --- | --- |\n");
    for row in WORDS {
        let written: Vec<String> = row.words.iter().map(|word| format!("`{word}`")).collect();
        let place = match row.place {
            Place::Item => "an item",
            Place::Kind(_) => "a kind of service",
            Place::Attribute => "an attribute",
            Place::Runner => "a runner",
            Place::Probe => "a probe",
            Place::ProbeSetting => "a setting of a probe",
            Place::Condition => "a condition",
        };
        let help = row.in_short().replace('|', "\\|");
        writeln!(page, "| {} | {} | {place} | {help} |", written.join(", "), row.tool)?;
    }
    Ok(page)
}

fn kinds(attribute: &Attribute) -> String {
    if attribute.kinds.len() == Kind::ALL.len() {
        return "all".to_owned();
    }
    let words: Vec<&str> = attribute.kinds.iter().map(|kind| kind.word()).collect();
    words.join(", ")
}
