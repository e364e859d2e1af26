//! The system as an SVG picture, for light and dark pages.

use std::fmt::Write as _;

use super::layout::{BOX_HEIGHT, Placed, Rectangle, TITLE_HEIGHT, Way, place};
use super::{Picture, Unit};
use crate::app::System;

const STYLE: &str = "\
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; }
.what { font-size: 10px; fill: #59636e; }
.name { font-weight: 600; }
.agent { fill: #f6f8fa; stroke: #d1d9e0; }
.unit { fill: #ffffff; stroke: #d1d9e0; }
.external { stroke-dasharray: 4 3; }
.python { fill: #3572a5; } .node { fill: #3c873a; } .script { fill: #8a6d00; } .outside { fill: #818b98; }
.arrow { fill: none; stroke: #59636e; stroke-width: 1.3; marker-end: url(#head); }
.head { fill: #59636e; }
.condition { font-size: 10px; fill: #59636e; text-anchor: middle; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; } .what, .condition { fill: #9198a1; }
  .agent { fill: #151b23; stroke: #3d444d; } .unit { fill: #0d1117; stroke: #3d444d; }
  .arrow { stroke: #9198a1; } .head { fill: #9198a1; }
}";

/// Draws the system as an SVG picture. Doc comments are its tooltips.
#[must_use]
pub fn svg(system: &System) -> String {
    let picture = Picture::of(system);
    let placed = place(&picture);
    let mut text = String::new();
    let written = write(&picture, &placed, &mut text);
    debug_assert!(written.is_ok(), "writing to a String fails for nothing");
    text
}

fn write(picture: &Picture<'_>, placed: &Placed, out: &mut String) -> std::fmt::Result {
    let (width, height) = (placed.width.ceil(), placed.height.ceil());
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">"#
    )?;
    writeln!(out, "<title>{}</title>", escaped(picture.title))?;
    writeln!(out, "<style>\n{STYLE}\n</style>")?;
    out.push_str(
        "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n",
    );
    for (agent, card) in picture.agents.iter().zip(&placed.agents) {
        out.push_str("<g>");
        tooltip(out, agent.doc)?;
        rectangle(out, card, "agent", 10.0)?;
        let baseline = card.y + TITLE_HEIGHT - 13.0;
        writeln!(
            out,
            r#"<text class="name" x="{:.1}" y="{baseline:.1}">{}</text></g>"#,
            card.x + 14.0,
            escaped(agent.name)
        )?;
    }
    for (unit, place) in picture.units.iter().zip(&placed.units) {
        draw(out, unit, place)?;
    }
    for way in &placed.ways {
        arrow(out, way)?;
    }
    out.push_str("</svg>\n");
    Ok(())
}

fn draw(out: &mut String, unit: &Unit<'_>, place: &Rectangle) -> std::fmt::Result {
    out.push_str("<g>");
    let doc = std::iter::once(unit.doc.to_owned()).filter(|doc| !doc.trim().is_empty());
    tooltip(out, &doc.chain(unit.listens()).collect::<Vec<_>>().join("\n"))?;
    let (class, stripe) = match unit.kind {
        Some(kind) => ("unit", kind.word()),
        None => ("unit external", "outside"),
    };
    rectangle(out, place, class, 6.0)?;
    let (x, y) = (place.x, place.y);
    write!(
        out,
        r#"<rect class="{stripe}" x="{:.1}" y="{:.1}" width="4" height="{:.1}" rx="2"/>"#,
        x + 5.0,
        y + 7.0,
        BOX_HEIGHT - 14.0
    )?;
    write!(out, r#"<text x="{:.1}" y="{:.1}">{}</text>"#, x + 16.0, y + 19.0, escaped(unit.label))?;
    writeln!(
        out,
        r#"<text class="what" x="{:.1}" y="{:.1}">{}</text></g>"#,
        x + 16.0,
        y + 34.0,
        escaped(&unit.what())
    )
}

fn rectangle(out: &mut String, place: &Rectangle, class: &str, radius: f64) -> std::fmt::Result {
    write!(
        out,
        r#"<rect class="{class}" x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="{radius}"/>"#,
        place.x, place.y, place.width, place.height
    )
}

/// A smooth line through the points that the layout gives.
fn arrow(out: &mut String, way: &Way) -> std::fmt::Result {
    let Some(((x, y), rest)) = way.points.split_first() else { return Ok(()) };
    write!(out, r#"<path class="arrow" d="M{x:.1} {y:.1}"#)?;
    let mut from = (*x, *y);
    for &(x, y) in rest {
        let middle = f64::midpoint(from.0, x);
        write!(out, " C{middle:.1} {:.1} {middle:.1} {y:.1} {x:.1} {y:.1}", from.1)?;
        from = (x, y);
    }
    out.push_str("\"/>\n");
    if let (Some(word), Some((x, y))) = (way.arrow.label(), way.points.get(way.points.len() / 2)) {
        writeln!(out, r#"<text class="condition" x="{x:.1}" y="{:.1}">{word}</text>"#, y - 6.0)?;
    }
    Ok(())
}

fn tooltip(out: &mut String, doc: &str) -> std::fmt::Result {
    match doc.is_empty() {
        true => Ok(()),
        false => write!(out, "<title>{}</title>", escaped(doc)),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
