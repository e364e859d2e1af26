//! The system in Graphviz's language.

use std::fmt::Write as _;

use super::{End, Picture, Unit};
use crate::app::System;

/// Draws the system as a graph for Graphviz.
#[must_use]
pub fn dot(system: &System) -> String {
    let picture = Picture::of(system);
    let mut text = String::new();
    let written = write(&picture, &mut text);
    debug_assert!(written.is_ok(), "writing to a String fails for nothing");
    text
}

fn write(picture: &Picture<'_>, out: &mut String) -> std::fmt::Result {
    writeln!(out, "digraph {} {{", quoted(picture.title))?;
    out.push_str("  rankdir=LR;\n  compound=true;\n  node [shape=box, style=rounded];\n");
    for (position, agent) in picture.agents.iter().enumerate() {
        writeln!(out, "  subgraph cluster_{position} {{")?;
        writeln!(out, "    label={};", quoted(agent.name))?;
        if !agent.doc.trim().is_empty() {
            writeln!(out, "    tooltip={};", quoted(agent.doc.trim()))?;
        }
        for unit in &agent.units {
            node(out, "    ", &picture.units[*unit])?;
        }
        out.push_str("  }\n");
    }
    for unit in picture.units.iter().filter(|unit| unit.agent.is_none()) {
        node(out, "  ", unit)?;
    }
    for arrow in &picture.arrows {
        // Graphviz draws arrows between nodes and cuts them off at a cluster's border.
        let mut attributes = Vec::new();
        if let End::Agent(agent) = arrow.from {
            attributes.push(format!("ltail=cluster_{agent}"));
        }
        if let End::Agent(agent) = arrow.to {
            attributes.push(format!("lhead=cluster_{agent}"));
        }
        attributes.extend(arrow.label().map(|word| format!("label={word}")));
        let attributes = match attributes.is_empty() {
            true => String::new(),
            false => format!(" [{}]", attributes.join(", ")),
        };
        let (from, to) = (node_of(picture, arrow.from), node_of(picture, arrow.to));
        writeln!(out, "  {} -> {}{attributes};", quoted(from), quoted(to))?;
    }
    out.push_str("}\n");
    Ok(())
}

fn node(out: &mut String, indent: &str, unit: &Unit<'_>) -> std::fmt::Result {
    let shape = match unit.kind {
        _ if unit.machine.is_some() => ", shape=box3d, style=\"\"",
        Some(_) => "",
        None => ", shape=cylinder, style=\"\"",
    };
    let tooltip = match unit.doc.trim() {
        "" => String::new(),
        doc => format!(", tooltip={}", quoted(doc)),
    };
    let lines = std::iter::once(unit.label.to_owned()).chain(unit.listens());
    let lines: Vec<String> = lines.map(|line| escaped(&line)).collect();
    // Graphviz breaks the line there.
    let label = format!("\"{}\"", lines.join("\\n"));
    // A machine can have the name of a unit.
    let prefix = if unit.machine.is_some() { "machine " } else { "" };
    let name = quoted(&format!("{prefix}{}", unit.name));
    writeln!(out, "{indent}{name} [label={label}{shape}{tooltip}];")
}

fn node_of<'a>(picture: &Picture<'a>, end: End) -> &'a str {
    match end {
        End::Unit(unit) => picture.units[unit].name,
        End::Agent(agent) => {
            let middle = &picture.agents[agent].units;
            middle.get(middle.len() / 2).map_or("", |unit| picture.units[*unit].name)
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
