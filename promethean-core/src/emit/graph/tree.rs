//! The system as a tree of text.

use termtree::Tree;

use super::{Agent, End, Picture, Unit};
use crate::app::System;

/// Draws the system as a tree: agents with their services, then each unit by itself.
#[must_use]
pub fn tree(system: &System) -> String {
    let picture = Picture::of(system);
    let mut root = Tree::new(picture.title.to_owned());
    let mut drawn = vec![false; picture.agents.len()];
    for (position, unit) in picture.units.iter().enumerate() {
        match unit.agent {
            None => root.leaves.push(unit_tree(&picture, position, unit)),
            Some(agent) if !drawn[agent] => {
                drawn[agent] = true;
                root.leaves.push(agent_tree(&picture, agent, &picture.agents[agent]));
            }
            Some(_) => {}
        }
    }
    let mut text = root.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn agent_tree(picture: &Picture<'_>, position: usize, agent: &Agent<'_>) -> Tree<String> {
    let services = agent.units.iter().map(|unit| unit_tree(picture, *unit, &picture.units[*unit]));
    Tree::new(line(agent.name, "agent", agent.doc))
        .with_leaves(needs(picture, End::Agent(position)).into_iter().chain(services))
}

fn unit_tree(picture: &Picture<'_>, position: usize, unit: &Unit<'_>) -> Tree<String> {
    let what: Vec<String> = std::iter::once(unit.kind().to_owned()).chain(unit.listens()).collect();
    Tree::new(line(unit.label, &what.join(", "), unit.doc))
        .with_leaves(needs(picture, End::Unit(position)))
}

fn line(name: &str, what: &str, doc: &str) -> String {
    match doc.lines().next().map(str::trim) {
        None | Some("") => format!("{name} ({what})"),
        Some(doc) => format!("{name} ({what}): {doc}"),
    }
}

fn needs(picture: &Picture<'_>, end: End) -> Option<Tree<String>> {
    let targets = picture.from(end).map(|arrow| match arrow.label() {
        Some(label) => format!("{} ({label})", picture.name(arrow.to)),
        None => picture.name(arrow.to).to_owned(),
    });
    let targets: Vec<String> = targets.collect();
    (!targets.is_empty()).then(|| Tree::new(format!("needs {}", targets.join(", "))))
}
