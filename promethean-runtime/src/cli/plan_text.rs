//! Plans and results in words.

use anstyle::{AnsiColor, Style};
use indexmap::IndexMap;
use promethean_core::foreign::Foreign;

use super::output;
use crate::operations::{Action, Plan, Step, profile_lines};

/// A plan for a person: what is done, and a line of numbers.
pub(super) fn written(plan: &Plan) -> String {
    let mut lines: Vec<String> = profile_lines(&plan.profiles);
    for Step { app, action, machines, .. } in &plan.steps {
        let on = match machines.as_slice() {
            [] => String::new(),
            machines => format!(" (on {})", machines.join(" or ")),
        };
        let app = format!("{}{on}", Foreign(app));
        match action {
            Action::Keep => {}
            Action::Create => lines.push(format!("+ {app}: create")),
            Action::Remove => lines.push(format!("- {app}: remove")),
            Action::Scale { from, to } => {
                lines.push(format!("~ {app}: scale from {from} to {to}"));
            }
            Action::Replace { reason } => {
                lines.push(format!("~ {app}: replace, there are {}", Foreign(reason)));
            }
            Action::Restart { reason } => {
                lines.push(format!("~ {app}: restart, it is {}", Foreign(reason)));
            }
            Action::Change { fields } => {
                lines.push(format!("~ {app}: change"));
                lines.extend(fields.iter().map(|field| format!("    {field}")));
            }
        }
    }
    lines.push(summary(plan));
    lines.join("\n")
}

/// The sign at the beginning of a line of a plan, and its colour.
pub(super) fn mark(line: &str) -> (usize, Style) {
    let colour = match line.as_bytes() {
        [b'+', b' ', ..] => AnsiColor::Green,
        [b'-', b' ', ..] => AnsiColor::Red,
        [b'~', b' ', ..] => AnsiColor::Yellow,
        _ => return (0, Style::new()),
    };
    (1, output::bold(colour))
}

/// `created 2, changed 1, kept 14`
pub(super) fn was_done(plan: &Plan) -> String {
    if plan.is_empty() {
        return summary(plan);
    }
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    let order =
        ["created", "changed", "scaled", "reloaded", "replaced", "restarted", "removed", "kept"];
    counts.extend(order.map(|word| (word, 0)));
    for step in &plan.steps {
        let word = match &step.action {
            Action::Create => "created",
            // It ran with the current definition, and was replaced because somebody asked for it.
            Action::Change { fields } if fields.is_empty() => "reloaded",
            Action::Change { .. } => "changed",
            Action::Scale { .. } => "scaled",
            Action::Replace { .. } => "replaced",
            Action::Restart { .. } => "restarted",
            Action::Remove => "removed",
            Action::Keep => "kept",
        };
        *counts.entry(word).or_default() += 1;
    }
    let told = counts.iter().filter(|(_, count)| **count > 0);
    told.map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

/// `down: 2 stopped`
pub(super) fn was_stopped(stopped: usize, orphans: usize) -> String {
    let ended = orphaned(orphans);
    match (stopped, orphans) {
        (0, 0) => "nothing was stopped".to_owned(),
        (stopped, 0) => format!("down: {stopped} stopped"),
        (0, _) => format!("down: {ended} ended"),
        (stopped, _) => format!("down: {stopped} stopped, {ended} ended"),
    }
}

/// `1 orphaned process`
fn orphaned(count: usize) -> String {
    format!("{count} orphaned {}", if count == 1 { "process" } else { "processes" })
}

/// `create 2, change 1, keep 14`
pub(super) fn summary(plan: &Plan) -> String {
    let counts = plan.counts();
    let orphans = plan.orphans.len();
    let ended = (orphans > 0).then(|| format!("end {}", orphaned(orphans)));
    let told: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{kind} {count}"))
        .chain(ended)
        .collect();
    match plan.is_empty() {
        true => {
            let elsewhere = plan.elsewhere.len();
            let up_to_date = format!("nothing to do: {} up to date", plan.steps.len() - elsewhere);
            match elsewhere {
                0 => up_to_date,
                count => format!("{up_to_date}, {count} on another machine than defined"),
            }
        }
        false => told.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::Difference;

    #[test]
    fn what_was_done_is_told_in_the_past() {
        let step = |app: &str, action| {
            let (app, processes, machines) = (app.to_owned(), Vec::new(), Vec::new());
            Step { app, action, processes, machines }
        };
        let changed = |fields: usize| {
            let field = Difference {
                field: "cwd".to_owned(),
                old: None,
                new: None,
                secret: false,
                inherited: false,
            };
            Action::Change { fields: vec![field; fields] }
        };
        let told = |actions: Vec<Action>| {
            let steps = actions.into_iter().map(|action| step("web", action)).collect();
            was_done(&Plan { steps, ..Plan::default() })
        };
        assert_eq!(told(vec![changed(0)]), "reloaded 1", "nothing of it changed");
        assert_eq!(
            told(vec![Action::Keep, Action::Create, changed(2)]),
            "created 1, changed 1, kept 1"
        );
        assert_eq!(told(vec![Action::Keep]), "nothing to do: 1 up to date");
        let reason = || "asked for".to_owned();
        assert_eq!(
            told(vec![
                Action::Remove,
                Action::Restart { reason: reason() },
                Action::Replace { reason: reason() }
            ]),
            "replaced 1, restarted 1, removed 1"
        );
    }

    #[test]
    fn orphans_that_were_ended_are_counted() {
        assert_eq!(was_stopped(0, 0), "nothing was stopped");
        assert_eq!(was_stopped(2, 0), "down: 2 stopped");
        assert_eq!(was_stopped(0, 1), "down: 1 orphaned process ended");
        assert_eq!(was_stopped(1, 2), "down: 1 stopped, 2 orphaned processes ended");
    }
}
