//! Where everything is in the picture. The layered layout is dagre's.
//!
//! Agents are cards that hold their services, so the layout has two levels: the services of each
//! agent, then the agents, the other services and the externals. What no arrow touches is in a
//! grid below.

use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, Point, RankDir, layout};

use super::{Arrow, End, Picture};

pub(super) const BOX_HEIGHT: f64 = 44.0;
pub(super) const TITLE_HEIGHT: f64 = 34.0;
const PADDING: f64 = 14.0;
const GAP: f64 = 14.0;
const MARGIN: f64 = 16.0;
const BETWEEN_RANKS: f64 = 90.0;
const CHARACTER: f64 = 8.0;
const NARROWEST: f64 = 120.0;
/// How wide the grid may become.
const GRID_WIDTH: f64 = 860.0;

/// A rectangle, by its upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rectangle {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// An arrow's way.
pub(super) struct Way {
    pub(super) arrow: Arrow,
    pub(super) points: Vec<(f64, f64)>,
}

/// Where everything is.
pub(super) struct Placed {
    pub(super) units: Vec<Rectangle>,
    pub(super) agents: Vec<Rectangle>,
    pub(super) ways: Vec<Way>,
    pub(super) width: f64,
    pub(super) height: f64,
}

pub(super) fn place(picture: &Picture<'_>) -> Placed {
    let mut placed = Placed {
        units: vec![Rectangle::default(); picture.units.len()],
        agents: vec![Rectangle::default(); picture.agents.len()],
        ways: Vec::new(),
        width: 0.0,
        height: 0.0,
    };
    for (position, unit) in picture.units.iter().enumerate() {
        placed.units[position] = Rectangle {
            // What is below the name is smaller.
            width: text_width(unit.label).max(text_width(&unit.what()) * 0.8).max(NARROWEST),
            height: BOX_HEIGHT,
            ..Rectangle::default()
        };
    }
    for agent in 0..picture.agents.len() {
        fill_card(picture, agent, &mut placed);
    }
    place_cards(picture, &mut placed);
    placed
}

pub(super) fn text_width(text: &str) -> f64 {
    let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(characters) * CHARACTER + 2.0 * PADDING
}

/// Lays out the services of an agent within its card.
fn fill_card(picture: &Picture<'_>, agent: usize, placed: &mut Placed) {
    let services = &picture.agents[agent].units;
    let widest = services.iter().map(|unit| placed.units[*unit].width).fold(0.0, f64::max);
    for unit in services {
        placed.units[*unit].width = widest;
    }
    let ends: Vec<End> = services.iter().map(|unit| End::Unit(*unit)).collect();
    let inner: Vec<Arrow> = picture
        .arrows
        .iter()
        .filter(|arrow| ends.contains(&arrow.from) && ends.contains(&arrow.to))
        .copied()
        .collect();
    let (joined, alone): (Vec<End>, Vec<End>) =
        ends.into_iter().partition(|end| inner.iter().any(|arrow| touches(arrow, *end)));
    let top = TITLE_HEIGHT;
    let (width, height) = layered(&joined, &inner, placed, (PADDING, top), 50.0);
    let below = if height > 0.0 { top + height + GAP } else { top };
    let columns = if alone.len() > 3 { 2.0 } else { 1.0 };
    let limit = (columns * (widest + GAP)).max(width);
    let (grid_width, grid_height) = grid(&alone, placed, (PADDING, below), limit);
    let card = &mut placed.agents[agent];
    card.width =
        (width.max(grid_width) + 2.0 * PADDING).max(text_width(picture.agents[agent].name));
    card.height = below + grid_height + PADDING - if grid_height > 0.0 { 0.0 } else { GAP };
}

/// Lays out the cards, moves the services with them and draws the arrows between cards.
fn place_cards(picture: &Picture<'_>, placed: &mut Placed) {
    let mut ends: Vec<End> = Vec::new();
    for (position, unit) in picture.units.iter().enumerate() {
        let end = unit.agent.map_or(End::Unit(position), End::Agent);
        if !ends.contains(&end) {
            ends.push(end);
        }
    }
    let card = |end: End| match end {
        End::Unit(unit) => picture.units[unit].agent.map_or(end, End::Agent),
        End::Agent(_) => end,
    };
    let mut outer: Vec<Arrow> = Vec::new();
    for arrow in &picture.arrows {
        let arrow = Arrow { from: card(arrow.from), to: card(arrow.to), ..*arrow };
        if arrow.from != arrow.to && !outer.contains(&arrow) {
            outer.push(arrow);
        }
    }
    let (joined, alone): (Vec<End>, Vec<End>) =
        ends.into_iter().partition(|end| outer.iter().any(|arrow| touches(arrow, *end)));
    let inner_ways = placed.ways.len();
    let (width, height) = layered(&joined, &outer, placed, (MARGIN, MARGIN), BETWEEN_RANKS);
    let below = if height > 0.0 { MARGIN + height + 2.0 * GAP } else { MARGIN };
    let (grid_width, grid_height) = grid(&alone, placed, (MARGIN, below), GRID_WIDTH.max(width));
    placed.width = width.max(grid_width) + 2.0 * MARGIN;
    placed.height = below + grid_height + MARGIN - if grid_height > 0.0 { 0.0 } else { 2.0 * GAP };
    move_contents(picture, placed, inner_ways);
    let routes = placed.ways.split_off(inner_ways);
    for arrow in &picture.arrows {
        let (from, to) = (card(arrow.from), card(arrow.to));
        let route = routes.iter().find(|way| way.arrow.from == from && way.arrow.to == to);
        let Some(route) = route.filter(|_| from != to) else { continue };
        let mut points = route.points.clone();
        // A service of an agent is in a card: its arrow goes on to it.
        if arrow.from != from {
            let Rectangle { x, y, width, height } = *placed.rectangle(arrow.from);
            points.insert(0, (x + width, y + height / 2.0));
        }
        if arrow.to != to {
            let Rectangle { x, y, height, .. } = *placed.rectangle(arrow.to);
            points.push((x, y + height / 2.0));
        }
        placed.ways.push(Way { arrow: *arrow, points });
    }
}

/// Moves the services of agents, and the arrows between them, to where the cards are.
fn move_contents(picture: &Picture<'_>, placed: &mut Placed, inner_ways: usize) {
    for (agent, card) in picture.agents.iter().zip(placed.agents.clone()) {
        for unit in &agent.units {
            placed.units[*unit].x += card.x;
            placed.units[*unit].y += card.y;
        }
    }
    for way in placed.ways.iter_mut().take(inner_ways) {
        let End::Unit(unit) = way.arrow.from else { continue };
        let Some(agent) = picture.units[unit].agent else { continue };
        let card = placed.agents[agent];
        for point in &mut way.points {
            *point = (point.0 + card.x, point.1 + card.y);
        }
    }
}

fn touches(arrow: &Arrow, end: End) -> bool {
    arrow.from == end || arrow.to == end
}

impl Placed {
    fn rectangle(&mut self, end: End) -> &mut Rectangle {
        match end {
            End::Unit(unit) => &mut self.units[unit],
            End::Agent(agent) => &mut self.agents[agent],
        }
    }
}

/// Lays out what arrows join, dependents on the left. Returns the width and height it takes.
fn layered(
    ends: &[End],
    arrows: &[Arrow],
    placed: &mut Placed,
    (left, top): (f64, f64),
    between_ranks: f64,
) -> (f64, f64) {
    if ends.is_empty() {
        return (0.0, 0.0);
    }
    let options = GraphOptions { directed: true, multigraph: false, compound: false };
    let mut graph: Graph<NodeLabel, EdgeLabel> = Graph::with_options(options);
    for end in ends {
        let Rectangle { width, height, .. } = *placed.rectangle(*end);
        graph.set_node(id(*end), Some(NodeLabel { width, height, ..NodeLabel::default() }));
    }
    for arrow in arrows {
        graph.set_edge(id(arrow.from), id(arrow.to), Some(EdgeLabel::default()), None);
    }
    let options = LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: GAP,
        ranksep: between_ranks,
        ..LayoutOptions::default()
    };
    layout(&mut graph, Some(options));
    let (mut width, mut height) = (0.0_f64, 0.0_f64);
    for end in ends {
        let (x, y) = graph
            .node(&id(*end))
            .map_or((0.0, 0.0), |node| (node.x.unwrap_or_default(), node.y.unwrap_or_default()));
        let rectangle = placed.rectangle(*end);
        rectangle.x = left + x - rectangle.width / 2.0;
        rectangle.y = top + y - rectangle.height / 2.0;
        width = width.max(x + rectangle.width / 2.0);
        height = height.max(y + rectangle.height / 2.0);
    }
    for arrow in arrows {
        let edge = graph.edge(&id(arrow.from), &id(arrow.to), None);
        let points = edge.map(|edge| edge.points.as_slice()).unwrap_or_default();
        for Point { x, y } in points {
            width = width.max(*x);
            height = height.max(*y);
        }
        let points = points.iter().map(|Point { x, y }| (left + x, top + y)).collect();
        placed.ways.push(Way { arrow: *arrow, points });
    }
    (width, height)
}

/// Lays out what stands alone in rows. Returns the width and height it takes.
fn grid(ends: &[End], placed: &mut Placed, (left, top): (f64, f64), limit: f64) -> (f64, f64) {
    let (mut x, mut y) = (0.0_f64, 0.0_f64);
    let (mut width, mut row) = (0.0_f64, 0.0_f64);
    for end in ends {
        let rectangle = placed.rectangle(*end);
        if x > 0.0 && x + rectangle.width > limit {
            (x, y, row) = (0.0, y + row + GAP, 0.0);
        }
        (rectangle.x, rectangle.y) = (left + x, top + y);
        width = width.max(x + rectangle.width);
        row = row.max(rectangle.height);
        x += rectangle.width + GAP;
    }
    (width, y + row)
}

fn id(end: End) -> String {
    match end {
        End::Unit(unit) => format!("u{unit}"),
        End::Agent(agent) => format!("a{agent}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::Declaration;
    use crate::ecosystem::Ecosystem;
    use crate::resolve::Options;

    /// Two agents of four services, of which each needs another of the other agent or of its own.
    #[test]
    fn arrows_are_within_the_picture_and_begin_and_end_at_their_units() {
        let service = |name: &str, on: &[&str]| {
            let on = on.iter().map(|on| {
                let unit: Vec<&str> = on.split('.').collect();
                serde_json::json!({"unit": unit})
            });
            let on: Vec<_> = on.collect();
            serde_json::json!({"kind": "script", "name": name, "block": {
                "settings": {"run": ["sh"]}, "depends_on": on,
            }})
        };
        let units = serde_json::json!({"units": [
            {"service": service("base", &[])},
            {"agent": {"name": "one", "services": [
                service("a", &["base"]), service("b", &["base"]), service("c", &["a"]), service("d", &[]),
            ]}},
            {"agent": {"name": "two", "services": [
                service("e", &["one.c"]), service("f", &["one.a", "base"]), service("g", &["f"]),
            ]}},
            {"service": service("last", &["two.e", "one.d", "base"])},
        ]});
        let declaration: Declaration = serde_json::from_value(units).unwrap();
        let ecosystem = Ecosystem::from_declaration(declaration, "/repo", &[]);
        let system = ecosystem.resolve(&Options::default()).unwrap();
        let picture = Picture::of(&system);
        let mut placed = place(&picture);
        assert!(placed.ways.len() >= picture.arrows.len(), "every arrow is drawn");
        let ways = std::mem::take(&mut placed.ways);
        for way in &ways {
            for (x, y) in &way.points {
                assert!((0.0..=placed.width).contains(x), "{:?}: {x}", way.arrow);
                assert!((0.0..=placed.height).contains(y), "{:?}: {y}", way.arrow);
            }
            let touches = |end: End, point: Option<&(f64, f64)>, placed: &mut Placed| {
                let Rectangle { x, y, width, height } = *placed.rectangle(end);
                let (at, of) = *point.unwrap();
                (x - 1.0..=x + width + 1.0).contains(&at)
                    && (y - 1.0..=y + height + 1.0).contains(&of)
            };
            assert!(touches(way.arrow.from, way.points.first(), &mut placed), "{:?}", way.arrow);
            assert!(touches(way.arrow.to, way.points.last(), &mut placed), "{:?}", way.arrow);
        }
    }
}
