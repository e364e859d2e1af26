//! The system as a Mermaid flowchart.

use std::fmt::Write as _;

use super::{End, Picture, Unit};
use crate::app::System;

/// Draws the system as a flowchart for Mermaid.
#[must_use]
pub fn mermaid(system: &System) -> String {
    let picture = Picture::of(system);
    let mut text = String::from("flowchart LR\n");
    let written = write(&picture, &mut text);
    debug_assert!(written.is_ok(), "writing to a String fails for nothing");
    text
}

fn write(picture: &Picture<'_>, out: &mut String) -> std::fmt::Result {
    for (position, agent) in picture.agents.iter().enumerate() {
        writeln!(out, "  subgraph a{position}[{}]", label(agent.name))?;
        for unit in &agent.units {
            node(out, "    ", *unit, &picture.units[*unit])?;
        }
        out.push_str("  end\n");
    }
    for (position, unit) in
        picture.units.iter().enumerate().filter(|(_, unit)| unit.agent.is_none())
    {
        node(out, "  ", position, unit)?;
    }
    for arrow in &picture.arrows {
        let said = arrow.label().map(|word| format!("|{word}|")).unwrap_or_default();
        writeln!(out, "  {} -->{said} {}", id(arrow.from), id(arrow.to))?;
    }
    Ok(())
}

/// Services are boxes, externals are cylinders, machines are hexagons.
fn node(out: &mut String, indent: &str, position: usize, unit: &Unit<'_>) -> std::fmt::Result {
    let lines = std::iter::once(unit.label.to_owned()).chain(unit.listens());
    let lines: Vec<String> = lines.map(|line| escaped(&line)).collect();
    let label = format!("\"{}\"", lines.join("<br/>"));
    match unit.kind {
        _ if unit.machine.is_some() => writeln!(out, "{indent}u{position}{{{{{label}}}}}"),
        Some(_) => writeln!(out, "{indent}u{position}[{label}]"),
        None => writeln!(out, "{indent}u{position}[({label})]"),
    }
}

fn id(end: End) -> String {
    match end {
        End::Unit(unit) => format!("u{unit}"),
        End::Agent(agent) => format!("a{agent}"),
    }
}

fn label(name: &str) -> String {
    format!("\"{}\"", escaped(name))
}

/// A text within quotes; Mermaid knows HTML's entities, with `#` in the place of `&`.
fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len() + 2);
    for character in name.chars() {
        match character {
            '"' => escaped.push_str("#quot;"),
            '#' => escaped.push_str("#35;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            other => escaped.push(other),
        }
    }
    escaped
}
