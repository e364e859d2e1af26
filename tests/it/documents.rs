//! The documents that are generated from the code are up to date.

use std::fmt::Write as _;

use promethean::attribute::{ATTRIBUTES, Attribute, DERIVED, Owner, STATEMENTS, WATCH_OPTIONS};
use promethean::declaration::Kind;
use promethean::other_tools::{Place, WORDS};
use promethean::supervisor::attributes::{self, Support};
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
         This page is written by `UPDATE=1 cargo test -p promethean-tests --test it documents`.\n",
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
    page.push_str("\n## Options of `watch_options`\n\n| option | takes | default | meaning |\n| --- | --- | --- | --- |\n");
    for option in WATCH_OPTIONS {
        let (Owner::Pm2 { default }, Attribute { name, meaning, .. }) = (option.owner, option)
        else {
            continue;
        };
        writeln!(page, "| `{name}` | {} | {default} | {meaning} |", option.takes())?;
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

#[test]
fn the_comparison_of_engines_is_up_to_date() {
    committed("docs/engines.md", &engines().expect("a string takes all"));
}

fn engines() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "# PM2 and the embedded engine\n\n\
         One definition runs on both. This page says what each makes of every attribute of PM2's. `check` rejects what \
         an engine cannot do. [embedded-engine.md](embedded-engine.md) says what cannot go wrong in the embedded one. \
         A system of several machines runs on Supvisors: [machines.md](machines.md).\n\n\
         This page is written by `UPDATE=1 cargo test -p promethean-tests --test it documents`.\n\n\
         ## The life of a process\n\n\
         | | PM2 | embedded |\n| --- | --- | --- |\n\
         | a process has ended | when its first process has | when all that it has started has, too |\n\
         | what a process leaves when it ends by itself | goes on; `plan` and `status` name it, the next `up` or `down` ends it | gets SIGINT, and after `kill_timeout` SIGKILL, before the next start |\n\
         | what survives SIGKILL | `errored`, and a new start is possible | it is killed again, and nothing starts meanwhile |\n\
         | the daemon is killed | processes may go on | nothing goes on |\n\
         | restarts, early ends, delays | `God.handleExit` | the same; a test compares them with PM2's code |\n\
         | exit by a signal that the engine has not sent | exit code 0, also for `stop_exit_codes`; what has ended for good is shown as on the embedded engine, from the log of PM2's daemon | a failure: exit code 128 and the number of the signal, also for `stop_exit_codes` |\n\
         | a restart is asked for during `restart_delay` | an error | it starts at once |\n\
         | `reload` of a cluster | the old process gets SIGINT when the new one listens | before that, it finishes its requests, for at most `kill_timeout` |\n\
         | a process of a cluster sees | the settings of PM2 as variables, and as its script one of PM2's | only its variables, and its own script |\n\
         | environment | that of the daemon, the shell and the definition | that of the definition, and what every program needs: PATH, HOME and the like |\n",
    );
    page.push_str(
        "\n## Attributes\n\n| attribute | PM2 | default | embedded |\n| --- | --- | --- | --- |\n",
    );
    let mut supported = attributes::ATTRIBUTES.iter();
    for attribute in ATTRIBUTES {
        let (Owner::Pm2 { default }, Attribute { name, meaning, .. }) =
            (attribute.owner, attribute)
        else {
            continue;
        };
        let Some((_, support)) = supported.next().filter(|(known, _)| known == name) else {
            panic!(
                "`promethean-runtime/src/supervisor/attributes.rs` says nothing of `{name}` in its place"
            );
        };
        let embedded = match support {
            Support::Same => "the same".to_owned(),
            Support::But(but) => format!("the same, but: {but}"),
            Support::Unused(why) => format!("unused: {why}"),
            Support::Rejected(why) => format!("rejected: {why}"),
        };
        writeln!(page, "| `{name}` | {meaning} | {default} | {embedded} |")?;
    }
    assert_eq!(supported.next(), None, "no attribute of PM2's");
    Ok(page)
}

fn kinds(attribute: &Attribute) -> String {
    if attribute.kinds.len() == Kind::ALL.len() {
        return "all".to_owned();
    }
    let words: Vec<&str> = attribute.kinds.iter().map(|kind| kind.word()).collect();
    words.join(", ")
}
